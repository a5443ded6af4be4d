import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/**
 * Proof that a body comes from somebody who has the secret, and when it was sent: `t=<unix seconds>,v1=<hex>`, where
 * v1 is the HMAC-SHA256 over `<t>.<body>`, the scheme that Stripe's webhooks made usual. The time is signed too, so that
 * a receiver can refuse a body that was recorded and is sent again later.
 */
export function signatureOf(body: Buffer, secret: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const mac = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex');
  return `t=${seconds},v1=${mac}`;
}

/** The secret in a file, without the line end that editors leave. Read for every try, so that it can be replaced. */
export async function readSecret(path: string): Promise<string> {
  const secret = (await readFile(path, 'utf8')).trim();
  if (secret === '') throw new Error('the file of the secret is empty');
  return secret;
}
