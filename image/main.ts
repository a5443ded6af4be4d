/**
 * The image, for real: `npm run image:test [-- --base IMAGE]`. Builds it, looks into its layers, runs it as Kubernetes
 * would under the restricted profile, plays the demo's three acts against it, drains it, and measures size and start.
 * Needs root, buildah, podman and a base image that is here or can be pulled; where one is missing it says so and ends with 0.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { playAgainst } from './acts.ts';
import { BASE, build, IMAGE, isBaseHere } from './build.ts';
import { checkLayers } from './layers.ts';
import { isInstalled } from '../test/installed.ts';
import { checkRunning } from './running.ts';
import { startMs } from './start.ts';

const { values } = parseArgs({ options: { base: { type: 'string', default: BASE } } });
const missing = missingHere();
if (missing === null) await testImage();
else console.log(`SKIPPED: ${missing}. Nothing was built and nothing was tested.`);

function missingHere(): string | null {
  const programs = ['buildah', 'podman', 'runc'].filter((program) => !isInstalled(program));
  if (programs.length > 0) return `not installed: ${programs.join(', ')} (apt-get install buildah podman runc)`;
  if (process.getuid?.() !== 0) return 'needs root';
  return isBaseHere(values.base) ? null : `the base image ${values.base} is not here and cannot be pulled`;
}

async function testImage(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'weir-image-'));
  const passed = (text: string): void => console.log(`  ok   ${text}`);
  try {
    console.log(`The image, on ${values.base}`);
    const commit = build(values.base);
    for (const text of checkLayers(scratch, values.base)) passed(text);
    for (const text of await checkRunning(scratch, commit)) passed(text);
    passed(`from podman run to a ready Weir: ${await startMs(scratch)} ms (median of 5)`);
    console.log(`\nThe demo, against ${IMAGE}: read-only, all capabilities dropped, no new privileges, user 65532\n`);
    if (!(await playAgainst())) throw new Error('the demo did not hold');
    console.log('\n  ok   the image holds everything that is claimed of it');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
