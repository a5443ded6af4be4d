import type { RequestHandler } from 'express';
import { createDoors } from '../admin/doors.ts';
import { createIdentify } from '../admin/identify.ts';
import { createTokenCheck, isStillKnown } from '../admin/tokens.ts';
import { formatMistake, readText } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { readTokens } from '../config/tokens.ts';
import { watchFile } from '../config/watch.ts';
import type { Identity, OneTimeToken, TokenRecord } from '../model/identity.ts';
import type { Clock } from '../support/clock.ts';
import type { Log } from '../tell/log.ts';

/** Who may come to the admin port, as the configuration says; what checks it is loaded only where it is needed. */
export interface OpenDoors {
  readonly handlers: readonly RequestHandler[];
  /** Whether what somebody was let in by still holds. */
  isStillGood(identity: Identity): boolean;
  /** As the tokens file has them now, used or not. */
  oneTimeTokens(): readonly OneTimeToken[];
  close(): void;
}

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  /** Whether a one-time token has been used, or may have been before a journal was lost. */
  isSpent(id: string): boolean;
}

export async function openDoors({ hosts, tokensFile, oidc }: Config['admin'], parts: Parts): Promise<OpenDoors> {
  const { clock, log, isSpent } = parts;
  if (tokensFile === null && oidc === null) return { ...WITHOUT_TOKENS, handlers: createDoors({ hosts }) };
  const { createFailureLimit } = await import('../admin/failures.ts');
  const { createFailureLog } = await import('../admin/failure-log.ts');
  const known = tokensFile === null ? null : await openTokensFile(tokensFile, log);
  const token = known && createTokenCheck({ records: known.records, isSpent, nowMs: clock.wallMs });
  const report = (error: unknown): void => log.warn({ error }, 'the identity provider could not be asked for its keys');
  const jwt = oidc && (await (await import('../admin/oidc.ts')).createJwtCheck({ ...oidc, clock, report }));
  const failures = createFailureLog(log, clock);
  const limit = createFailureLimit(failures, clock);
  const authentication = { identify: createIdentify({ token, jwt }), limit, log: failures };
  const handlers = createDoors({ hosts, authentication });
  const isInTime = ({ expiresAtMs = Infinity }: Identity): boolean => clock.wallMs() < expiresAtMs;
  if (known === null) return { ...WITHOUT_TOKENS, isStillGood: isInTime, handlers };
  return {
    handlers,
    isStillGood: (identity) => isInTime(identity) && isStillKnown(identity, known.records()),
    oneTimeTokens: () => known.records().flatMap(oneTimeTokenOf),
    close: known.close,
  };
}

const WITHOUT_TOKENS = { isStillGood: () => true, oneTimeTokens: () => [], close: () => {} };

const oneTimeTokenOf = ({ id, once, expiresAtMs }: TokenRecord): readonly OneTimeToken[] =>
  once && expiresAtMs !== null ? [{ id, expiresAtMs }] : [];

/** The records of a tokens file, read again when it changes; what it last said well stays in force. */
async function openTokensFile(file: string, log: Log) {
  let records: readonly TokenRecord[] = [];
  const stays = 'the tokens that were known stay in force';

  function take(text: string): void {
    const result = readTokens(text, file);
    if ('mistakes' in result) {
      const mistakes = result.mistakes.map(formatMistake);
      return log.error({ file, mistakes }, `the tokens file has mistakes; ${stays}`);
    }
    records = result.tokens;
    log.info({ file, count: records.length }, 'the tokens file was read');
  }

  const read = await readText(file);
  if ('text' in read) take(read.text);
  const gone = (): void => log.error({ file }, `the tokens file cannot be read; ${stays}`);
  const watch = watchFile(file, 'text' in read ? read.text : '', async (text) => take(text), gone);
  return { records: () => records, close: watch.stop };
}
