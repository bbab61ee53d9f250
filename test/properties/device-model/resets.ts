/** Task management functions. */
import fc from 'fast-check';
import { NEXUSES } from './device.ts';
import type { Answers } from './exchange.ts';
import { is } from './ranges.ts';

export interface Reset {
  readonly do: 'LOGICAL UNIT RESET' | 'I_T NEXUS RESET';
}

export const resets: fc.Arbitrary<Reset> = fc.record({
  do: is('LOGICAL UNIT RESET', 'I_T NEXUS RESET'),
});

export const resetAnswers: Answers<Reset> = {
  'LOGICAL UNIT RESET'(unit) {
    unit.reserve = undefined;
    unit.preventing.clear();
    unit.swp = false;
    unit.dSense = false;
    for (const who of NEXUSES) unit.tell(who, '29/03');
    return { manage: 'LOGICAL UNIT RESET' };
  },
  'I_T NEXUS RESET'(unit, { who }) {
    if (unit.reserve === who) unit.reserve = undefined;
    unit.preventing.delete(who);
    unit.tell(who, '29/07');
    return { manage: 'I_T NEXUS RESET' };
  },
};
