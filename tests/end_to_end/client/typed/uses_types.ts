// What a strict compiler must let pass, and what it must refuse, with the types that graphql-codegen makes of the schema.
import type { DeployMutation, DeployMutationVariables, ServiceStatusSubscription, WorkspacesQuery } from './operations';
import type { Query, ServiceStatus } from './types';

export const variables: DeployMutationVariables = { input: { serviceInstanceId: 'an id' } };

export function outcomeOf(answer: DeployMutation): string {
  const result = answer.deployService;
  switch (result.__typename) {
    case 'DeployServicePayload':
      return result.deployment.id;
    case 'InvalidInput':
    case 'Forbidden':
    case 'NotFound':
    case 'Conflict':
      return `${result.code}: ${result.message}`;
  }
}

export function namesOf(answer: WorkspacesQuery): readonly string[] {
  return answer.workspaces.edges.map((edge) => edge.node.name);
}

export function statusOf(answer: ServiceStatusSubscription): `${ServiceStatus}` {
  return answer.serviceStatusChanged.status;
}

// @ts-expect-error: an id is required
export const incomplete: DeployMutationVariables = { input: {} };

// @ts-expect-error: what may be missing must be looked at first
export const nameOf = (answer: Pick<Query, 'workspace'>): string => answer.workspace.name;
