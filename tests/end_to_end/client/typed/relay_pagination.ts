// What Relay asks of a server: refetching by Node, connections that grow, edges that go.
import { graphql } from 'relay-runtime';

export const services = graphql`
  fragment relay_pagination_services on Workspace
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "relay_pagination_refetchQuery") {
    id
    serviceInstances(first: $count, after: $cursor) @connection(key: "relay_pagination_serviceInstances") {
      totalCount
      edges { node { id ...relay_pagination_service } }
    }
  }
`;

export const service = graphql`
  fragment relay_pagination_service on ServiceInstance @refetchable(queryName: "relay_pagination_serviceQuery") {
    name
    status
    healthStatus
  }
`;

export const page = graphql`
  query relay_pagination_pageQuery($id: ID!) {
    workspace(id: $id) { ...relay_pagination_services }
  }
`;

export const removal = graphql`
  mutation relay_pagination_removeMutation($input: DeleteServiceInstanceInput!, $connections: [ID!]!) {
    deleteServiceInstance(input: $input) {
      ... on DeleteServiceInstancePayload { deletedServiceInstanceId @deleteEdge(connections: $connections) }
      ... on UserError { code message }
    }
  }
`;

export const live = graphql`
  subscription relay_pagination_liveSubscription($id: ID!) {
    workspaceServiceStatusChanged(workspaceId: $id) { serviceInstance { id ...relay_pagination_service } }
  }
`;
