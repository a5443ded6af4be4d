// A version of a service to try things with: node service.mjs VERSION PORT [HOST]. It answers with its version;
// PUT /broken makes it answer 500 from then on, PUT /mended makes it well again.
// Plain JavaScript: it is part of the package too, and Node strips no types below node_modules.
import { createServer } from 'node:http';

const [version = 'v0', port = '3000', host = '0.0.0.0'] = process.argv.slice(2);
let isBroken = false;

const server = createServer((request, response) => {
  request.resume();
  if (request.method === 'PUT') isBroken = request.url === '/broken';
  response.statusCode = isBroken && request.method !== 'PUT' ? 500 : 200;
  response.end(`${version}\n`);
});
server.listen(Number(port), host, () => {
  process.stdout.write(`${version} listens on ${server.address().port}\n`);
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
