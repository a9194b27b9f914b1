// Runs operations with the clients that people use, and prints what each was told as lines of JSON: {"name", "data", "errors"},
// {"name", "failed"} for an error that is no result, and {"name", "done": true}.
// usage: node clients.mjs CLIENT URL TOKEN, then on standard input one JSON document: {"name": {"query", "variables"}, …}
import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient as createSse } from 'graphql-sse';
import { createClient as createSocket } from 'graphql-ws';
import { WebSocket } from 'ws';

const [kind, url, token] = process.argv.slice(2);
const headers = { authorization: `Bearer ${token}` };
let input = '';
for await (const chunk of process.stdin) input += chunk;

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const counted = { requests: 0 };
const countingFetch = (...args) => (counted.requests++, fetch(...args));

const sse = () => createSse({ url, headers, retryAttempts: 0 });
const socket = () =>
  createSocket({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: { token }, retryAttempts: 0 });

// What a client of graphql-sse or graphql-ws tells an observer.
const observed = (client) => (operation, told) =>
  client.subscribe(operation, { next: told.next, error: told.failed, complete: told.done });

const apollo = (link) => {
  const client = new ApolloClient({ link, cache: new InMemoryCache(), defaultOptions: { query: { fetchPolicy: 'no-cache' } } });
  return ({ query: text, variables }, told) => {
    const query = gql(text);
    const options = { variables, errorPolicy: 'all', fetchPolicy: 'no-cache' };
    const next = ({ data, error }) => told.next({ data, errors: error?.errors, failed: error?.errors ? undefined : error?.message });
    const kind = query.definitions[0].operation;
    if (kind === 'subscription') client.subscribe({ query, ...options }).subscribe({ next, error: told.failed, complete: told.done });
    else (kind === 'query' ? client.query({ query, ...options }) : client.mutate({ mutation: query, ...options })).then(next).then(told.done, told.failed);
  };
};

const urql = (follow) => {
  const forward = follow && subscriptionExchange({
    forwardSubscription: (request, operation) => ({
      subscribe: (sink) => ({ unsubscribe: follow.subscribe({ ...request, query: request.query ?? '' }, sink) }),
    }),
  });
  const client = new Client({ url, exchanges: [fetchExchange, ...(forward ? [forward] : [])], fetchOptions: { headers } , fetchSubscriptions: !follow });
  return ({ query, variables = {} }, told) => {
    const kind = gql(query).definitions[0].operation;
    const source = client[kind](query, variables, { requestPolicy: 'network-only' });
    const next = ({ data, error }) => told.next({ data, errors: error?.graphQLErrors, failed: error?.networkError?.message });
    if (kind !== 'subscription') source.toPromise().then(next).then(told.done, told.failed);
    else source.subscribe((result) => { next(result); if (!result.hasNext) told.done(); });
  };
};

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hashing = (options) =>
  apollo(ApolloLink.from([new PersistedQueryLink({ sha256, ...options }), new HttpLink({ uri: url, headers, fetch: countingFetch })]));
const run = {
  'graphql-sse': () => observed(sse()),
  'graphql-ws': () => observed(socket()),
  apollo: () => apollo(new HttpLink({ uri: url, headers })),
  'apollo-persisted': () => hashing({}),
  'apollo-persisted-get': () => hashing({ useGETForHashedQueries: true }),
  urql: () => urql(),
  'urql-sse': () => urql(sse()),
  'urql-ws': () => urql(socket()),
}[kind]();

for (const [name, operation] of Object.entries(JSON.parse(input))) {
  await new Promise((resolve) => {
    const failed = (error) => {
      say({ name, failed: String(error?.message ?? error?.reason ?? JSON.stringify(error)), errors: error?.errors ?? (Array.isArray(error) ? error : undefined) });
      resolve();
    };
    const done = () => { say({ name, done: true, requests: counted.requests }); resolve(); };
    run(operation, { next: (result) => say({ name, ...result }), failed, done });
    if (operation.query.startsWith('subscription')) resolve();
  });
}
