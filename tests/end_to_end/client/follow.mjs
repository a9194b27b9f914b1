// Follows subscriptions with graphql-ws and prints each delivery as a line of JSON: {"name", "data"} and {"name", "done": true}.
// usage: node follow.mjs URL TOKEN, then on standard input one JSON document: {"name": {"query", "variables"}, …}
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

const [url, token] = process.argv.slice(2);
let input = '';
for await (const chunk of process.stdin) input += chunk;

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: `Bearer ${token}` },
  lazy: true,
  retryAttempts: 0,
});

const follow = async (name, operation) => {
  for await (const result of client.iterate(operation)) say({ name, ...result });
  say({ name, done: true });
};

try {
  await Promise.all(Object.entries(JSON.parse(input)).map(([name, operation]) => follow(name, operation)));
} catch (error) {
  say({ error: String(error?.message ?? error.reason ?? JSON.stringify(error)) });
  process.exitCode = 1;
}
await client.dispose();
