// A web service of node:http: GET / answers a friendly line, GET /health answers ok.
import { createServer } from "node:http";

const host = process.env.HOST ?? "0.0.0.0";
const port = Number(process.env.PORT ?? 3000);
const answers = { "/": [200, "Hello from Node.js!\n"], "/health": [200, "ok\n"] };

const server = createServer((request, response) => {
  const [status, text] = answers[request.url] ?? [404, "There is nothing here.\n"];
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(text);
  console.log(`${request.socket.remoteAddress} ${request.method} ${request.url} ${status}`);
});

process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});

server.listen(port, host, () => console.log(`listening on port ${port}`));
