import { createServer, type Server, type Socket } from 'node:net';
import { LINE_LIMIT, parseRequest, type Reply, type Request } from '../protocol.ts';

/** Does what a request asks, telling of progress, and gives the reply that ends it. */
export type Handle = (request: Request, progress: (message: string) => void) => Promise<Reply>;

/** The control socket's server: one request a connection. */
export function controlServer(handle: Handle): Server {
  return createServer((socket) => {
    let text = '';
    // Whoever asked may be gone; what was asked is done all the same.
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', function read(chunk: string) {
      text += chunk;
      if (text.length > LINE_LIMIT) return socket.destroy();
      const end = text.indexOf('\n');
      if (end < 0) return;
      socket.off('data', read).resume();
      void answer(socket, text.slice(0, end), handle);
    });
  });
}

async function answer(socket: Socket, line: string, handle: Handle): Promise<void> {
  const send = (reply: Reply): void => {
    if (socket.writable) socket.write(`${JSON.stringify(reply)}\n`);
  };
  const request = parseRequest(line);
  if (!request) send({ failed: { message: 'not a request of this protocol', log: [], restored: true, deploy: false } });
  else send(await handle(request, (progress) => send({ progress })));
  socket.end();
}
