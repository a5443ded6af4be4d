#!/usr/bin/env node
/**
 * The edge of the process: arguments, environment, signals, exit codes. The version of Node is checked
 * before anything else is loaded, because on an older one the rest would fail in ways that explain nothing.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if ((major === 24 && minor >= 12) || major >= 26) {
  const { run } = await import('./run.ts');
  await run(process.argv, process.env);
} else {
  process.stderr.write(
    `weir needs Node ^24.12 || >=26, this is ${process.versions.node}; use npm start, which brings its own\n`,
  );
  process.exitCode = 1;
}
