/**
 * What one scrape costs: milliseconds to read and render every family, with all its label sets and numbers as long as
 * they get, and the size of the text. `npm run bench scrape`.
 */
import { performance } from 'node:perf_hooks';
import { filledMetrics } from '../test/tell/fixtures.ts';

const SCRAPES = 2000;

const metrics = filledMetrics();
const tookMs: number[] = [];
let sizeBytes = 0;
for (let scrape = 0; scrape < SCRAPES; scrape++) {
  const startedMs = performance.now();
  sizeBytes = Buffer.byteLength(await metrics.scrape());
  tookMs.push(performance.now() - startedMs);
}
// The first one finds nothing compiled.
const first = tookMs[0]!.toFixed(1);
tookMs.sort((a, b) => a - b);
const at = (quantile: number): string => tookMs[Math.floor(quantile * (SCRAPES - 1))]!.toFixed(2);
console.log(`${(sizeBytes / 1024).toFixed(1)} KiB; of ${SCRAPES} scrapes`);
console.log(`the first ${first} ms, median ${at(0.5)} ms, P99 ${at(0.99)} ms`);
