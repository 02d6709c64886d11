import { createServer } from 'node:http';

const started = new Date();
let visits = 0;

const routes = {
  '/healthz': () => ({ status: 'ok' }),
  '/': () => ({ greeting: process.env.GREETING ?? 'Hello', visits: ++visits, started }),
};

const server = createServer((request, response) => {
  const answer = routes[new URL(request.url, 'http://localhost').pathname];
  response.writeHead(answer ? 200 : 404, {
    'content-type': 'application/json',
    'access-control-allow-origin': '*', // the site is at another address
  });
  response.end(JSON.stringify(answer ? answer() : { error: 'not found' }));
});

server.listen(process.env.PORT ?? 3000, process.env.HOST ?? '0.0.0.0', () => {
  console.log(`listening on port ${server.address().port}`);
});

process.on('SIGTERM', () => server.close(() => process.exit(0)));
