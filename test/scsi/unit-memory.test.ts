import { describe, expect, it } from 'vitest';
import { UnitMemory } from '../../src/scsi/unit-memory.ts';
import type { UnitState } from '../../src/backend/unit-store.ts';

/** A store whose saves end when the test says so. */
class SlowStore {
  readonly saves: { readonly state: UnitState; readonly end: (error?: Error) => void }[] = [];
  load(): UnitState {
    return { old: 1 };
  }
  save(state: UnitState): Promise<void> {
    return new Promise((resolve, reject) => {
      this.saves.push({ state, end: (error) => (error ? reject(error) : resolve()) });
    });
  }
}

async function loaded(store: SlowStore): Promise<UnitMemory> {
  const memory = new UnitMemory(store);
  await memory.load();
  return memory;
}

describe('the memory of a unit', () => {
  it('without a store keeps nothing and never waits', async () => {
    const memory = new UnitMemory(undefined);
    await memory.load();
    expect(memory.durable).toBe(false);
    expect(memory.keep('a', 1)).toBeUndefined();
    expect(memory.section('a')).toBeUndefined();
  });

  it('gives the store all sections with each change', async () => {
    const store = new SlowStore();
    const memory = await loaded(store);
    const kept = memory.keep('a', 7);
    expect(store.saves.map(({ state }) => state)).toEqual([{ old: 1, a: 7 }]);
    store.saves[0]!.end();
    await kept;
    expect(memory.section('a')).toBe(7);
  });

  it('drops a section that is undefined', async () => {
    const store = new SlowStore();
    const memory = await loaded(store);
    void memory.keep('old', undefined);
    expect(store.saves[0]!.state).toEqual({});
  });

  it('saves nothing where nothing changes', async () => {
    const store = new SlowStore();
    const memory = await loaded(store);
    expect(memory.keep('old', 1)).toBeUndefined();
    expect(store.saves).toEqual([]);
  });

  it('begins a save when the one before has ended, even if that failed', async () => {
    const store = new SlowStore();
    const memory = await loaded(store);
    const first = memory.keep('a', 1);
    const second = memory.keep('b', 2);
    const third = memory.keep('c', 3);
    expect(store.saves).toHaveLength(1);
    store.saves[0]!.end(new Error('full'));
    await expect(first).rejects.toThrow('full');
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.saves.map(({ state }) => state)).toEqual([
      { old: 1, a: 1 },
      { old: 1, b: 2, c: 3 },
    ]);
    store.saves[1]!.end();
    await second;
    await new Promise((resolve) => setImmediate(resolve));
    store.saves[2]!.end();
    await third;
    expect(memory.section('a')).toBeUndefined();
  });

  it('answers in the same tick where the store does', async () => {
    const states: UnitState[] = [];
    const memory = new UnitMemory({
      load: () => undefined,
      save: (state) => void states.push(state),
    });
    await memory.load();
    expect(memory.keep('a', 1)).toBeUndefined();
    expect(states).toEqual([{ a: 1 }]);
  });

  it('is what it was where the store throws', async () => {
    const memory = new UnitMemory({
      load: () => ({ a: 1 }),
      save: () => {
        throw new Error('full');
      },
    });
    await memory.load();
    expect(() => memory.keep('a', 2)).toThrow('full');
    expect(memory.section('a')).toBe(1);
  });

  it('never saves over a state that could not be loaded', async () => {
    const states: UnitState[] = [];
    const memory = new UnitMemory({
      load: () => {
        throw new Error('unreadable');
      },
      save: (state) => void states.push(state),
    });
    await expect(memory.load()).rejects.toThrow('unreadable');
    expect(() => memory.keep('a', 2)).toThrow(Error);
    expect(states).toEqual([]);
  });
});
