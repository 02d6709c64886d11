// A service: listens where PORT says, answers /healthz, and greets.
import { createServer } from 'node:http';

createServer((request, response) => {
  if (request.url === '/healthz') {
    response.end('ok');
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json', 'access-control-allow-origin': '*' });
  response.end(JSON.stringify({ message: `${process.env.GREETING} from the harbour` }));
}).listen(Number(process.env.PORT), process.env.HOST);
