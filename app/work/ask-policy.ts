import {
  approverOf,
  authorize,
  isMember,
  permissionOf,
  tagOf,
  type GitHub,
  type People,
  type Permission,
  type Ports,
  type Right,
} from '../../src/index.ts';
import { RIGHTS } from '../access.ts';
import type { Place } from '../task.ts';
import type { Fleet } from './choose-target.ts';
import type { Means } from './means.ts';

/** Somebody who asks us for something, with the permission that was just looked up. */
export interface Asking {
  actor: string;
  permission?: Permission;
  place: Place;
  github: GitHub;
}

/** Holds what somebody asks for against the policy of the default branch, at the moment of use. @throws PolicyError */
export async function askPolicy(
  right: Right | 'approve',
  environment: string,
  { fleet, asking, ports }: { fleet: Fleet; asking: Asking; ports: Ports },
  means: Means,
): Promise<void> {
  const withPeople = { ...ports, people: peopleFor(asking, means) };
  if (right === 'approve') await approverOf(environment, fleet, withPeople);
  else await authorize(right, { environment, known: fleet }, withPeople);
}

/** Who people are, as the App may see it. Teams need a right of their own, asked for only when a rule names one. */
export function peopleFor({ actor, permission, place, github }: Asking, { access, signal }: Means): People {
  const { owner, repo } = place;
  return {
    asker: async () => ({ login: actor }),
    permission: async (login) =>
      login === actor && permission !== undefined ? permission : permissionOf(github, { owner, repo }, login),
    async isMember(team, login) {
      try {
        return await isMember(access.repository(place, RIGHTS.members, signal), team, login);
      } catch (error) {
        // An installation from before the App asked for it.
        if (tagOf(error) !== 'unsupported') throw error;
        return `the App may not see team ${team}: accept its new permission, members: read, in the settings of its installation`;
      }
    },
  };
}
