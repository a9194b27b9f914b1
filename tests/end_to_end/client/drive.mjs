// A graphql-ws client that is driven line by line: an action as JSON on standard input, what happens as JSON on standard output.
// usage: node drive.mjs URL; see `actions`. A subscription with `cursorOf` asks again, after a reconnection, for what comes after
// the last cursor of that field: graphql-ws sends the same variables again, and these are kept up to date.
import { createInterface } from 'node:readline';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

const [url] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const asError = (error) => ('code' in error ? { code: error.code, reason: error.reason } : error);
const running = new Map();
let client;

const actions = {
  create({ token, silent, sameId, fatal = [], ...options }) {
    client = createClient({
      url,
      webSocketImpl: WebSocket,
      connectionParams: () => (silent ? new Promise(() => {}) : { Authorization: `Bearer ${token}` }),
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
      shouldRetry: (error) => !fatal.includes(error.code),
      onNonLazyError: (error) => say({ on: 'given up', ...asError(error) }),
      ...(sameId && { generateID: () => 'same' }),
      ...options,
      on: {
        connected: () => say({ on: 'connected' }),
        closed: ({ code, reason }) => say({ on: 'closed', code, reason }),
        ping: (received) => say({ on: 'ping', received }),
        pong: (received) => say({ on: 'pong', received }),
      },
    });
  },
  subscribe({ name, query, variables = {}, cursorOf }) {
    const sink = {
      next(result) {
        if (cursorOf) variables.after = result.data[cursorOf].cursor;
        say({ name, ...result });
      },
      error: (error) => say({ name, error: asError(error) }),
      complete: () => say({ name, done: true }),
    };
    running.set(name, client.subscribe({ query, variables }, sink));
  },
  complete: ({ name }) => running.get(name)(),
  dispose: () => client.dispose(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { action, ...given } = JSON.parse(line);
  await actions[action](given);
}
