export const handler = createGraphQLHandler({});
