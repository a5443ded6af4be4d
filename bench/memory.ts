/**
 * What the sidecar holds, as the kernel counts it, in situations that are made to be expensive: `node bench/memory.ts
 * [SITUATION …] [--node PATH] [--program dist/main.js]`. Each situation gets a process of its own, started with the
 * flags of `npm start`, and a limit that it must keep. The connections are this process's: `ulimit -n 20000` first.
 */
import { parseArgs } from 'node:util';
import { SITUATIONS } from './soak/situations.ts';
import { SHIPPED } from './soak/sidecar.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { node: { type: 'string', default: SHIPPED.node }, program: { type: 'string', default: SHIPPED.main } },
});

for (const [name, situation] of Object.entries(SITUATIONS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const { text, isKept } = await situation({ node: values.node, main: values.program });
  console.log(`${isKept ? 'kept  ' : 'FAILED'} ${name}: ${text}`);
  if (!isKept) process.exitCode = 1;
}
