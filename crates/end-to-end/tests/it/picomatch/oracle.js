// Answers of the real picomatch, whose folder is the first argument. In: a file with a JSON array of
// [pattern, [path, ...]], the second argument. Out, on standard output: a JSON array with a string for
// each pattern: `1` or `0` for each path, or a word: `throws` if picomatch does, `endless` if it does
// not come to an end, `slow` if its expression takes too long.
"use strict";
const fs = require("node:fs");
const vm = require("node:vm");
const picomatch = require(process.argv[2]);

const within = (milliseconds, work) => {
  globalThis.work = work;
  return vm.runInThisContext("work()", { timeout: milliseconds });
};

const lineTerminator = /[\n\r\u2028\u2029]/;

const answer = ([pattern, paths]) => {
  let plain, any;
  try {
    within(3000, () => {
      plain = picomatch(pattern, { dot: true });
      any = picomatch(pattern, { dot: true, flags: "s" });
    });
  } catch (error) {
    return error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT" ? "endless" : "throws";
  }
  const matches = (path) => (lineTerminator.test(path) ? any : plain)(path);
  try {
    return within(250, () => paths.map((path) => (matches(path) ? "1" : "0")).join(""));
  } catch {
    return "slow";
  }
};

// A machine that stands still for a moment is no picomatch that never ends.
const answers = JSON.parse(fs.readFileSync(process.argv[3], "utf8")).map((one) => {
  const first = answer(one);
  return first === "endless" ? answer(one) : first;
});
process.stdout.write(JSON.stringify(answers));
