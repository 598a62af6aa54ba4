// What the stand-ins for actions/cache share: a folder of entries with the rules of actions/cache v5.
//
// An entry belongs to the ref of the run that saved it, to the very text of `path`, and is never changed.
// It is found by its key, else the newest by the first of `restore-keys` that its key begins with; of other
// refs, those of the base and the default branch count. It is packed by tar, from the root of the
// repository, with what each path names: `~/` is the home folder, `*` any part of a name.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawnSync } = require('node:child_process');

const variable = (name) => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
};
const input = (name) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
const lines = (text) => text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
const append = (file, name, value) => fs.appendFileSync(variable(file), `${name}=${value}\n`);
const fail = (why) => {
  process.stdout.write(`::error title=cache (stand-in)::${why}\n`);
  process.exit(1);
};
const warn = (why) => process.stdout.write(`::warning title=cache (stand-in)::${why}\n`);

// Entries are numbered in the order in which they were saved: the last is the newest.
const entries = () => {
  const store = variable('STAND_IN_CACHE');
  const names = fs.readdirSync(store).filter((name) => fs.existsSync(path.join(store, name, 'key')));
  const read = (name, what) => fs.readFileSync(path.join(store, name, what), 'utf8');
  return names.sort().map((name) => ({
    folder: path.join(store, name),
    key: read(name, 'key'),
    ref: read(name, 'ref'),
    paths: read(name, 'path'),
  }));
};

const checked = () => {
  const key = input('key');
  const restoreKeys = lines(input('restore-keys'));
  const paths = lines(input('path'));
  if (key === '' || paths.length === 0) fail('Input required and not supplied');
  for (const word of [key, ...restoreKeys]) {
    if (word.includes(',') || word.length > 512) fail(`GitHub refuses the key ${word}`);
  }
  return { key, restoreKeys, paths };
};

const find = ({ key, restoreKeys, paths }) => {
  const base = process.env.GITHUB_BASE_REF || 'main';
  const refs = [variable('GITHUB_REF'), `refs/heads/${base}`, 'refs/heads/main'];
  const there = entries().filter((it) => refs.includes(it.ref) && it.paths === paths.join('\n')).reverse();
  const beginsWith = (beginning) => there.find((it) => it.key.startsWith(beginning));
  return there.find((it) => it.key === key) ?? restoreKeys.map(beginsWith).find((it) => it !== undefined);
};

const expanded = (pattern) => {
  if (/[?[\]{}!]|\*\*/.test(pattern)) fail(`this stand-in does not know the pattern ${pattern}`);
  const whole = pattern.replace(/^~(?=\/|$)/, os.homedir());
  const [first, ...rest] = path.resolve(variable('GITHUB_WORKSPACE'), whole).split('/').slice(1);
  const matches = (folder, part) => {
    if (!part.includes('*')) return fs.existsSync(path.join(folder, part)) ? [path.join(folder, part)] : [];
    const plain = part.split('*').map((it) => it.replace(/[.+^$()|\\]/g, '\\$&'));
    const wanted = new RegExp(`^${plain.join('.*')}$`);
    if (!fs.existsSync(folder) || !fs.statSync(folder).isDirectory()) return [];
    return fs.readdirSync(folder).filter((name) => wanted.test(name)).map((name) => path.join(folder, name));
  };
  return [first, ...rest].reduce((folders, part) => folders.flatMap((folder) => matches(folder, part)), ['/']);
};

const tar = (words, options = {}) => {
  const ran = spawnSync('tar', words, { cwd: variable('GITHUB_WORKSPACE'), encoding: 'utf8', ...options });
  if (ran.status !== 0) fail(`tar failed: ${ran.stderr ?? ran.error}`);
};

exports.restore = () => {
  const wanted = checked();
  append('GITHUB_STATE', 'key', wanted.key);
  append('GITHUB_OUTPUT', 'cache-primary-key', wanted.key);
  const found = find(wanted);
  if (found === undefined) {
    process.stdout.write(`Cache not found for input keys: ${[wanted.key, ...wanted.restoreKeys].join(', ')}\n`);
    return;
  }
  append('GITHUB_STATE', 'matched', found.key);
  append('GITHUB_OUTPUT', 'cache-matched-key', found.key);
  append('GITHUB_OUTPUT', 'cache-hit', String(found.key === wanted.key));
  if (input('lookup-only') !== 'true') tar(['-xPf', path.join(found.folder, 'contents.tar')]);
  process.stdout.write(`Cache restored from key: ${found.key}\n`);
};

// Two jobs may save at once.
const folderOfItsOwn = () => {
  for (let number = 1000 + fs.readdirSync(variable('STAND_IN_CACHE')).length; ; number += 1) {
    const folder = path.join(variable('STAND_IN_CACHE'), String(number));
    try {
      fs.mkdirSync(folder);
      return folder;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
};

exports.save = () => {
  const { key, paths } = checked();
  const ref = variable('GITHUB_REF');
  if (process.env.STATE_matched === key) return;
  if (entries().some((it) => it.key === key && it.ref === ref && it.paths === paths.join('\n'))) {
    warn(`the key ${key} is taken`);
    return;
  }
  const files = [...new Set(paths.flatMap(expanded))];
  if (files.length === 0) {
    warn(`there is nothing at ${paths.join(', ')}`);
    return;
  }
  const entry = folderOfItsOwn();
  const relative = files.map((file) => path.relative(variable('GITHUB_WORKSPACE'), file) || '.');
  tar(['-cPf', path.join(entry, 'contents.tar'), '--files-from', '-'], { input: `${relative.join('\n')}\n` });
  fs.writeFileSync(path.join(entry, 'path'), paths.join('\n'));
  fs.writeFileSync(path.join(entry, 'ref'), ref);
  fs.writeFileSync(path.join(entry, 'key'), key);
  process.stdout.write(`Cache saved with key: ${key}\n`);
};
