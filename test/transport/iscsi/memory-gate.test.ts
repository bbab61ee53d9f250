import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryGate } from '../../../src/transport/iscsi/memory-gate.ts';

/** Asks for memory; the function returned gives it back. */
function ask(gate: MemoryGate, length: number, name: string, log: string[]): () => void {
  const granted = (): void => void log.push(name);
  gate.reserve(length, granted);
  return () => gate.giveBack(granted);
}

describe('the memory of a session', () => {
  test('is granted in the order in which it was asked for', () => {
    const log: string[] = [];
    const gate = new MemoryGate(10);
    const first = ask(gate, 8, 'first', log);
    ask(gate, 8, 'second', log);
    ask(gate, 1, 'third', log);
    expect(log).toEqual(['first']);
    first();
    expect(log).toEqual(['first', 'second', 'third']);
    expect(gate.used).toBe(9);
  });

  test('lets one alone have more than the limit', () => {
    const log: string[] = [];
    ask(new MemoryGate(10), 11, 'large', log);
    expect(log).toEqual(['large']);
  });

  test('is not for who does not want it any more', () => {
    const log: string[] = [];
    const gate = new MemoryGate(10);
    const first = ask(gate, 10, 'first', log);
    ask(gate, 10, 'second', log)();
    first();
    expect(log).toEqual(['first']);
    expect(gate.used).toBe(0);
  });
});

describe('the memory of all sessions', () => {
  test('makes a session wait for another', () => {
    const log: string[] = [];
    const whole = new MemoryGate(10);
    const [one, two] = [new MemoryGate(10, whole), new MemoryGate(10, whole)];
    const first = ask(one, 6, 'one', log);
    ask(two, 1, 'two', log);
    ask(two, 6, 'two again', log);
    expect(log).toEqual(['one', 'two']);
    first();
    expect(log).toEqual(['one', 'two', 'two again']);
    expect(whole.used).toBe(7);
  });

  test('lets each session have one command, whatever the others hold', () => {
    const log: string[] = [];
    const whole = new MemoryGate(10);
    ask(new MemoryGate(10, whole), 10, 'one', log);
    ask(new MemoryGate(10, whole), 6, 'two', log);
    expect(log).toEqual(['one', 'two']);
    expect(whole.used).toBe(16);
  });

  test('is there for one that waited when the other one of its session ends', () => {
    const log: string[] = [];
    const whole = new MemoryGate(10);
    const one = new MemoryGate(10, whole);
    ask(new MemoryGate(10, whole), 10, 'other', log);
    const first = ask(one, 4, 'first', log);
    ask(one, 3, 'second', log);
    ask(one, 3, 'third', log);
    expect(log).toEqual(['other', 'first']);
    first();
    expect(log).toEqual(['other', 'first', 'second']);
  });

  test('comes back when commands end, also those that waited for it', () => {
    const log: string[] = [];
    const whole = new MemoryGate(10);
    const [one, two, three] = [1, 2, 3].map(() => new MemoryGate(10, whole)) as [
      MemoryGate,
      MemoryGate,
      MemoryGate,
    ];
    const first = ask(one, 8, 'one', log);
    const second = ask(two, 1, 'two', log);
    ask(three, 1, 'three', log);
    const again = ask(two, 6, 'two again', log);
    ask(three, 6, 'three again', log);
    again();
    second();
    first();
    expect(log).toEqual(['one', 'two', 'three', 'three again']);
    expect(whole.used).toBe(7);
  });

  test('is given back once, whoever says it again', () => {
    const log: string[] = [];
    const whole = new MemoryGate(10);
    const one = new MemoryGate(10, whole);
    const giveBack = ask(one, 6, 'one', log);
    giveBack();
    giveBack();
    expect(whole.used).toBe(0);
    expect(one.used).toBe(0);
  });
});

interface Ask {
  readonly length: number;
  readonly granted: () => void;
}

interface Asking {
  readonly gate: MemoryGate;
  readonly waiting: Ask[];
  readonly holding: Ask[];
}

function give({ gate, holding }: Asking, at: number): void {
  for (const { granted } of holding.splice(at, 1)) gate.giveBack(granted);
}

test('whatever is asked for and given back: in order, within the limits but for one of each session, and never stuck', () => {
  const LIMIT = 10;
  const ALL = 20;
  const step = fc.record({
    session: fc.nat(2),
    what: fc.nat(3),
    length: fc.integer({ min: 1, max: 14 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const whole = new MemoryGate(ALL);
      const sessions = [0, 1, 2].map((): Asking => ({
        gate: new MemoryGate(LIMIT, whole),
        waiting: [],
        holding: [],
      }));
      let unasked = 0;
      const check = (): void => {
        for (const { waiting, holding } of sessions) {
          const held = holding.reduce((sum, { length }) => sum + length, 0);
          expect(waiting.length > 0 && holding.length === 0).toBe(false);
          if (holding.length > 1) expect(held).toBeLessThanOrEqual(LIMIT);
        }
        // Without the largest of each session.
        const further = sessions.flatMap(({ holding }) =>
          holding
            .map(({ length }) => length)
            .toSorted((a, b) => b - a)
            .slice(1),
        );
        expect(further.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(ALL);
      };
      for (const { session, what, length } of steps) {
        const each = sessions[session]!;
        const { gate, waiting, holding } = each;
        if (what === 0 && holding.length > 0) give(each, length % holding.length);
        else if (what === 1 && waiting.length > 0) {
          const [gone] = waiting.splice(length % waiting.length, 1);
          gate.giveBack(gone!.granted);
        } else if (what === 2) {
          if (gate.hasRoom(length)) {
            gate.occupy(length);
            unasked += length;
          }
        } else {
          const ask: Ask = {
            length,
            granted: () => {
              expect(waiting[0]).toBe(ask);
              holding.push(waiting.shift()!);
            },
          };
          waiting.push(ask);
          gate.reserve(length, ask.granted);
        }
        check();
      }
      sessions[0]!.gate.vacate(unasked);
      for (const each of sessions) while (each.holding.length > 0) give(each, 0);
      expect(sessions.map(({ waiting }) => waiting.length)).toEqual([0, 0, 0]);
      expect([whole.used, ...sessions.map(({ gate }) => gate.used)]).toEqual([0, 0, 0, 0]);
    }),
  );
});
