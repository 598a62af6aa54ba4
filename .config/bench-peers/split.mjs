// Splits the files on standard input with jest's and vitest's own classes; scripts/bench shard runs
// it from the folder where they are installed.
//
// In: {"names": [...], "shards": [...]}. Out, by tool: for each number of shards the places of the
// names on each shard. @jest/test-sequencer 30.5.2, `shard(tests, {shardIndex, shardCount})`; vitest
// 4.1.12, `BaseSequencer.shard(files)` with the shard in its context. Both count shards from 1.

import { readFileSync } from "node:fs";
import Sequencer from "@jest/test-sequencer";
import { BaseSequencer } from "vitest/node";

const root = "/suite";
const asked = JSON.parse(readFileSync(0, "utf8"));
const paths = asked.names.map((name) => `${root}/${name}`);
const numbers = (count) => Array.from({ length: count }, (_, index) => index + 1);

const TestSequencer = Sequencer.default ?? Sequencer;
const ofJest = new TestSequencer({ contexts: [], globalConfig: {} });
const context = { config: { rootDir: root } };
const tests = paths.map((path, place) => ({ path, context, place }));
const jest = asked.shards.map((shardCount) =>
  numbers(shardCount).map((shardIndex) =>
    ofJest.shard(tests, { shardIndex, shardCount }).map(({ place }) => place),
  ),
);

const files = paths.map((moduleId, place) => ({ moduleId, place }));
const ofVitest = (index, count) =>
  new BaseSequencer({ config: { root, shard: { index, count } } }).shard(files);
const vitest = [];
for (const count of asked.shards) {
  const shards = [];
  for (const index of numbers(count)) {
    shards.push((await ofVitest(index, count)).map(({ place }) => place));
  }
  vitest.push(shards);
}
process.stdout.write(JSON.stringify({ jest, vitest }));
