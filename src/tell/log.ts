import type { DestinationStream } from 'pino';
import pino from 'pino';
import { plainJson } from '../support/quote.ts';
import { errorOf } from './error.ts';
import { createLogFile } from './log-file.ts';

/** What every other part of Weir knows of logging: fields first, then a sentence. */
export interface Log {
  readonly debug: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

export interface LogParts {
  readonly service: string;
  /** Fields of every line besides the service. */
  readonly labels?: Readonly<Record<string, string>>;
  /** `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. */
  readonly level: string;
  /** Where the same lines go once more; null for nowhere. */
  readonly file: string | null;
  /** Standard output unless told otherwise. */
  readonly stdout?: DestinationStream;
}

const SECRET_NAMES = ['authorization', 'cookie', '"set-cookie"', 'password', 'secret', 'token', 'tokens', 'apiKey'];
/** At the top of the fields and one and two levels below. */
const SECRET_PATHS = SECRET_NAMES.flatMap((name) =>
  ['', '*', '*.*'].map((parent) => {
    if (name.startsWith('"')) return `${parent}[${name}]`;
    return parent === '' ? name : `${parent}.${name}`;
  }),
);

/**
 * JSON lines on standard output and, when given, in a file. Both are written before the call returns:
 * worker threads would lose the last lines at exit, which are the ones that matter.
 * A file that cannot be written is reported once on standard output and never stops anything.
 */
export function createLog({ service, labels, level, file, stdout }: LogParts): Log {
  const everything = 'trace';
  const streams = pino.multistream([
    { level: everything, stream: stdout ?? pino.destination({ dest: 1, sync: true }) },
  ]);
  const log = pino(
    {
      level,
      base: { service, ...labels },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: errorOf, err: errorOf },
      redact: SECRET_PATHS,
      hooks: { streamWrite: plainJson },
    },
    streams,
  );
  if (file !== null) {
    const report = (error: unknown): void => {
      log.error({ file, error }, 'the log file cannot be written; going on with standard output alone');
    };
    streams.add({ level: everything, stream: createLogFile(file, report) });
  }
  return log;
}
