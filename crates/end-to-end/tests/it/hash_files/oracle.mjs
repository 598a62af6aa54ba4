// What the real @actions/glob, whose folder is the first argument, says `hashFiles` of each case is. In: a
// file with a JSON array of { directory, home, patterns, follows }, the second argument. Out, into the file
// that the third names: a JSON array with a string for each case: the hash, or `error` where it throws.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, cases, answers] = process.argv.slice(2);
const glob = await import(pathToFileURL(path.join(folder, "lib/glob.js")));
delete process.env.GITHUB_WORKSPACE;
// It prints a line for each file that it meets.
process.stdout.write = () => true;

const told = [];
for (const { directory, home, patterns, follows } of JSON.parse(fs.readFileSync(cases, "utf8"))) {
  process.chdir(directory);
  process.env.HOME = home;
  try {
    told.push(await glob.hashFiles(patterns, "", { followSymbolicLinks: follows }));
  } catch {
    told.push("error");
  }
}
fs.writeFileSync(answers, JSON.stringify(told));
