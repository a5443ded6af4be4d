import { readText } from '../config/load.ts';
import type { FleetSettings } from '../config/schema.ts';
import type { StoreCredentials } from '../fleet/redis/connection.ts';
import type { Log } from '../tell/log.ts';

type Files = Pick<FleetSettings, 'caFile' | 'usernameFile' | 'passwordFile'>;

/**
 * Reads the files by which the fleet's store is entered, each time that there is a new connection to make, so that what
 * was rotated is used. While one cannot be read, what it last said is tried.
 */
export function createStoreSecrets({ caFile, usernameFile, passwordFile }: Files, log: Log) {
  const known = new Map<string, string>();

  async function textOf(file: string | null): Promise<string | undefined> {
    if (file === null) return undefined;
    const read = await readText(file, 'a file for the fleet');
    if ('text' in read) known.set(file, read.text);
    else log.warn({ file }, "a file for the fleet's store cannot be read; what it last said is used");
    return known.get(file);
  }

  return async (): Promise<StoreCredentials> => {
    const [ca, username, password] = await Promise.all([caFile, usernameFile, passwordFile].map(textOf));
    return {
      ...(ca !== undefined && { ca }),
      ...(username !== undefined && { username: username.trim() }),
      ...(password !== undefined && { password: password.trim() }),
    };
  };
}
