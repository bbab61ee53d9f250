/** Task management functions, and what comes from elsewhere: power, and hands that take the medium. */
import fc from 'fast-check';
import type { Answers } from './exchange.ts';
import { endAca } from './aca.ts';
import { is } from './ranges.ts';

export interface Happenings {
  readonly do: 'LOGICAL UNIT RESET' | 'I_T NEXUS RESET' | 'POWER CYCLE' | 'EJECT' | 'INSERT';
}

export const happenings: fc.Arbitrary<Happenings> = fc.record({
  do: is('LOGICAL UNIT RESET', 'I_T NEXUS RESET', 'POWER CYCLE', 'EJECT', 'INSERT'),
});

export const happeningAnswers: Answers<Happenings> = {
  'LOGICAL UNIT RESET'(unit, { who }) {
    unit.end(() => true, who, false);
    unit.reset();
    unit.attentions.tell('29/03');
    return { manage: 'LOGICAL UNIT RESET' };
  },
  'I_T NEXUS RESET'({ device }, { who }) {
    for (const unit of device.units) {
      unit.end((task) => task.who === who, undefined, false);
      if (unit.reserve === who) unit.reserve = undefined;
      unit.preventing.delete(who);
      unit.overwritten.delete(who);
      if (unit.echo?.who === who) unit.echo = undefined;
      unit.attentions.tellOne(who, '29/07');
      endAca(unit, who);
    }
    return { manage: 'I_T NEXUS RESET' };
  },
  'POWER CYCLE'({ device }) {
    for (const unit of device.units) unit.powerCycle();
    return { happens: 'power cycle' };
  },
  EJECT(unit) {
    unit.loaded = false;
    for (const who of unit.preventing) unit.attentions.tellOne(who, '2a/15');
    unit.preventing.clear();
    return { happens: 'eject' };
  },
  INSERT(unit) {
    if (!unit.started) unit.start();
    unit.load();
    return { happens: 'insert' };
  },
};
