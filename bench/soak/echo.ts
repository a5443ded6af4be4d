/** A quick upstream as a process of its own: answers `?size=N` bytes, or as many as came when `?count`; prints its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const PART = Buffer.alloc(65_536, 'x');

const server = createServer((request, response) => {
  const query = new URL(request.url!, 'http://upstream').searchParams;
  if (query.has('hold')) return;
  if (query.has('count')) {
    let countBytes = 0;
    request.on('data', (chunk: Buffer) => (countBytes += chunk.length));
    request.on('end', () => response.end(String(countBytes)));
    return;
  }
  let restBytes = Number(query.get('size') ?? 168);
  response.setHeader('content-length', restBytes);
  const write = (): void => {
    while (restBytes > 0) {
      const piece = restBytes < PART.length ? PART.subarray(0, restBytes) : PART;
      restBytes -= piece.length;
      if (!response.write(piece)) return void response.once('drain', write);
    }
    response.end();
  };
  request.resume();
  write();
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
