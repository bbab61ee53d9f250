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
