import { readText } from '../config/load.ts';
import type { FleetSettings } from '../config/schema.ts';
import type { Credentials } from '../fleet/redis/client.ts';
import type { StoreCredentials } from '../fleet/redis/connection.ts';
import type { Log } from '../tell/log.ts';

type Files = Pick<
  FleetSettings,
  'caFile' | 'usernameFile' | 'passwordFile' | 'sentinelUsernameFile' | 'sentinelPasswordFile'
>;

/**
 * Reads the files by which the fleet's store is entered, each time that there is a new connection to make, so that what
 * was rotated is used. While one cannot be read, what it last said is tried.
 */
export function createStoreSecrets(files: Files, log: Log) {
  const known = new Map<string, string>();

  async function textOf(file: string | null): Promise<string | undefined> {
    if (file === null) return undefined;
    const read = await readText(file, 'a file for the fleet');
    if ('text' in read) known.set(file, read.text);
    else log.warn({ file }, "a file for the fleet's store cannot be read; what it last said is used");
    return known.get(file);
  }

  async function credentialsIn(usernameFile: string | null, passwordFile: string | null): Promise<Credentials> {
    const [username, password] = await Promise.all([textOf(usernameFile), textOf(passwordFile)]);
    return {
      ...(username !== undefined && { username: username.trim() }),
      ...(password !== undefined && { password: password.trim() }),
    };
  }

  return async (): Promise<StoreCredentials> => {
    const [own, sentinel, ca] = await Promise.all([
      credentialsIn(files.usernameFile, files.passwordFile),
      credentialsIn(files.sentinelUsernameFile, files.sentinelPasswordFile),
      textOf(files.caFile),
    ]);
    return { ...own, sentinel, ...(ca !== undefined && { ca }) };
  };
}
