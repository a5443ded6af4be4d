import type { Reload } from '../model/status.ts';
import type { Log } from './log.ts';

/** What became of each reading of the configuration, for status, metrics and log. */
export interface ReloadRecord {
  succeeded(nowMs: number, isNews: boolean): void;
  refused(nowMs: number, mistakes: readonly string[]): void;
  read(): Reload;
}

/** @param nowMs wall clock at which the configuration was first read. */
export function createReloadRecord(log: Log, nowMs: number): ReloadRecord {
  let reload: Reload = { successful: true, succeededAtMs: nowMs, triedAtMs: nowMs, mistakes: [] };
  return {
    succeeded(atMs, isNews) {
      reload = { successful: true, succeededAtMs: atMs, triedAtMs: atMs, mistakes: [] };
      log.info(
        {},
        isNews ? 'the configuration was read, and is in force' : 'the configuration was read; nothing is new',
      );
    },
    refused(atMs, mistakes) {
      reload = { ...reload, successful: false, triedAtMs: atMs, mistakes };
      log.error({ mistakes }, 'the configuration was refused whole; the former one stays in force');
    },
    read: () => reload,
  };
}
