import type { Command } from 'commander';
import type { Build } from '../cli/build.ts';
import { addChangingVerbs } from '../cli/changing.ts';
import { addLookingVerbs } from '../cli/looking.ts';
import type { Edge } from '../cli/operation.ts';
import { addTokenVerb } from '../cli/token-verb.ts';
import { addRehearsingVerbs, OUTPUT } from './rehearsing.ts';
import { servingOf } from './serve.ts';

/** Every verb, registered. What a verb does is loaded when it is called, so that none pays for another. */
export function programOf(edge: Edge, build: Build): Command {
  const program = servingOf(edge, build);
  addLookingVerbs(program, edge);
  addChangingVerbs(program, edge);
  addRehearsingVerbs(program, edge, build.version);
  addTokenVerb(program, edge, OUTPUT);
  return program.addHelpText('after', AFTER);
}

const AFTER = `
weir VERB --help shows the options of a verb, with examples.
Exit codes: 0 done, 1 failed, 2 usage, 3 rolled back and 4 timed out (status --wait), 64 bad configuration.`;
