import { describe, expect, it } from 'vitest';
import type { TaskAttribute } from '../../src/scsi/task.ts';
import { TaskSet, type Schedulable } from '../../src/scsi/task-set.ts';
import { settle } from './disk-under-test.ts';

/** A task that ends when told. */
class Job implements Schedulable<string> {
  readonly attribute: TaskAttribute;
  readonly name: string;
  readonly aborted = 'aborted';
  started = false;
  aborts = 0;
  onAbort: () => void = () => undefined;
  #end: (value: string) => void = () => undefined;

  constructor(name: string, attribute: TaskAttribute = 'simple') {
    this.name = name;
    this.attribute = attribute;
  }

  run(): Promise<string> {
    this.started = true;
    return new Promise((resolve) => (this.#end = resolve));
  }

  abort(): void {
    this.aborts++;
    this.onAbort();
  }

  async end(value = this.name): Promise<void> {
    this.#end(value);
    await settle();
  }
}

type Attributes = Readonly<Record<string, TaskAttribute>>;

/** Submits jobs in order; gives the set, the jobs and what each ended with. */
function submit<A extends Attributes>(attributes: A, set = new TaskSet<string, Job>()) {
  const jobs = {} as { [K in keyof A]: Job };
  const ended: string[] = [];
  for (const [name, attribute] of Object.entries(attributes)) {
    const job = new Job(name, attribute);
    (jobs as Record<string, Job>)[name] = job;
    void Promise.resolve(set.submit(job)).then((value) => ended.push(`${name}: ${value}`));
  }
  const running = (): string[] =>
    Object.values<Job>(jobs)
      .filter(({ started }) => started)
      .map(({ name }) => name);
  return { set, jobs, ended, running };
}

describe('tasks of several task sets', () => {
  it.each([
    ['one of its own', undefined, 'mine'],
    ['the shared one, after a change of TST', 'mine', undefined],
  ])('do not wait for those of another: %s', (_, before, after) => {
    const set = new TaskSet<string, Job & { readonly taskSet?: string | undefined }>();
    const older = Object.assign(new Job('older'), { taskSet: before });
    const ordered = Object.assign(new Job('ordered', 'ordered'), { taskSet: after });
    void set.submit(older);
    void set.submit(ordered);
    expect(ordered.started).toBe(true);
  });
});

describe('a task set', () => {
  it('gives the outcome of a synchronous task at once, and is empty then', () => {
    const set = new TaskSet<string, Schedulable<string>>();
    const now = {
      attribute: 'ordered',
      aborted: 'aborted',
      run: () => 'now',
      abort: () => undefined,
    } as const;
    expect(set.submit(now)).toBe('now');
    expect(set.size).toBe(0);
  });

  it('runs SIMPLE tasks side by side', () => {
    expect(submit({ a: 'simple', b: 'simple', c: 'simple' }).running()).toEqual(['a', 'b', 'c']);
  });

  it('keeps an ORDERED task behind every older one', async () => {
    const { jobs, running } = submit({ a: 'simple', b: 'simple', o: 'ordered' });
    await jobs.a.end();
    expect(running()).toEqual(['a', 'b']);
    await jobs.b.end();
    expect(running()).toEqual(['a', 'b', 'o']);
  });

  it('keeps a SIMPLE task behind an older ORDERED one that runs', async () => {
    const { jobs, running } = submit({ o: 'ordered', a: 'simple' });
    expect(running()).toEqual(['o']);
    await jobs.o.end();
    expect(running()).toEqual(['o', 'a']);
  });

  it('keeps a SIMPLE task behind an older ORDERED one that waits', async () => {
    const { jobs, running } = submit({ a: 'simple', o: 'ordered', b: 'simple' });
    expect(running()).toEqual(['a']);
    await jobs.a.end();
    expect(running()).toEqual(['a', 'o']);
    await jobs.o.end();
    expect(running()).toEqual(['a', 'o', 'b']);
  });

  it('runs ORDERED tasks one after the other', async () => {
    const { jobs, running } = submit({ o: 'ordered', p: 'ordered', q: 'ordered' });
    expect(running()).toEqual(['o']);
    await jobs.o.end();
    expect(running()).toEqual(['o', 'p']);
    await jobs.p.end();
    expect(running()).toEqual(['o', 'p', 'q']);
  });

  it('starts all SIMPLE tasks behind an ORDERED one together, up to the next ORDERED one', async () => {
    const tasks = { o: 'ordered', a: 'simple', b: 'simple', p: 'ordered', c: 'simple' } as const;
    const { jobs, running } = submit(tasks);
    await jobs.o.end();
    expect(running()).toEqual(['o', 'a', 'b']);
  });

  it('runs a HEAD OF QUEUE task at once, beside ORDERED ones', () => {
    expect(submit({ o: 'ordered', p: 'ordered', h: 'head of queue' }).running()).toEqual([
      'o',
      'h',
    ]);
  });

  it('runs HEAD OF QUEUE tasks side by side', () => {
    expect(submit({ h: 'head of queue', i: 'head of queue' }).running()).toEqual(['h', 'i']);
  });

  it('keeps waiting tasks behind a younger HEAD OF QUEUE one', async () => {
    const { jobs, running } = submit({ o: 'ordered', a: 'simple', h: 'head of queue' });
    await jobs.o.end();
    expect(running()).toEqual(['o', 'h']);
    await jobs.h.end();
    expect(running()).toEqual(['o', 'a', 'h']);
  });

  it('keeps a SIMPLE task behind a HEAD OF QUEUE one', async () => {
    const { jobs, running } = submit({ h: 'head of queue', a: 'simple' });
    expect(running()).toEqual(['h']);
    await jobs.h.end();
    expect(running()).toEqual(['h', 'a']);
  });

  it('runs an ACA task at once, and keeps younger ones behind it', () => {
    expect(submit({ o: 'ordered', x: 'aca', b: 'simple' }).running()).toEqual(['o', 'x']);
  });

  it('counts the tasks that have not ended', async () => {
    const { set, jobs } = submit({ a: 'simple', o: 'ordered' });
    expect(set.size).toBe(2);
    await jobs.a.end();
    expect(set.size).toBe(1);
    await jobs.o.end();
    expect(set.size).toBe(0);
  });

  it('lists its tasks, oldest first', () => {
    const { set } = submit({ a: 'simple', o: 'ordered', h: 'head of queue' });
    expect([...set.tasks()].map(({ name }) => name)).toEqual(['a', 'o', 'h']);
  });

  it('knows whether a task is in it', async () => {
    const { set, jobs } = submit({ a: 'simple' });
    expect(set.some(({ name }) => name === 'a')).toBe(true);
    await jobs.a.end();
    expect(set.some(({ name }) => name === 'a')).toBe(false);
  });
});

describe('aborting', () => {
  it('ends a waiting task without running it', async () => {
    const { set, jobs, ended } = submit({ a: 'simple', o: 'ordered' });
    expect(set.abort(({ name }) => name === 'o')).toBeUndefined();
    await settle();
    expect([jobs.o.started, jobs.o.aborts, ended]).toEqual([false, 1, ['o: aborted']]);
  });

  it('waits for a running task', async () => {
    const { set, jobs } = submit({ a: 'simple' });
    let settled = false;
    void set.abort(() => true)?.ended.then(() => (settled = true));
    await settle();
    expect([jobs.a.aborts, settled]).toEqual([1, false]);
    await jobs.a.end();
    expect(settled).toBe(true);
  });

  it('ends those that it gives up on as aborted, and nothing waits for them', async () => {
    const { set, jobs, ended, running } = submit({ h: 'head of queue', a: 'simple' });
    let settled = false;
    const aborting = set.abort(({ name }) => name === 'h');
    void aborting?.ended.then(() => (settled = true));
    aborting?.giveUp();
    await settle();
    expect([ended, running(), set.size, settled]).toEqual([['h: aborted'], ['h', 'a'], 1, false]);
    expect(set.abort(({ name }) => name === 'h')).toBeUndefined();
    await jobs.h.end();
    expect([ended, settled]).toEqual([['h: aborted'], true]);
  });

  it('does not give up on one that borrows memory', async () => {
    const { set, jobs, ended } = submit({ a: 'simple' });
    Object.assign(jobs.a, { borrows: true });
    set.abort(() => true)?.giveUp();
    await settle();
    expect([ended, set.size]).toEqual([[], 1]);
    await jobs.a.end();
    expect(set.size).toBe(0);
  });

  it('leaves no running task in the set when its promise is settled', async () => {
    const { set, jobs } = submit({ a: 'simple', b: 'simple' });
    const sizes: number[] = [];
    void set.abort(() => true)?.ended.then(() => sizes.push(set.size));
    await jobs.a.end();
    await jobs.b.end();
    expect(sizes).toEqual([0]);
  });

  it('of a waiting ORDERED task starts those that waited for it', async () => {
    const { set, running } = submit({ a: 'simple', o: 'ordered', b: 'simple' });
    void set.abort(({ name }) => name === 'o');
    await settle();
    expect(running()).toEqual(['a', 'b']);
  });

  it('of a running ORDERED task does not start those behind it before it has settled', async () => {
    const { set, jobs, running } = submit({ o: 'ordered', a: 'simple' });
    void set.abort(({ name }) => name === 'o');
    await settle();
    expect(running()).toEqual(['o']);
    await jobs.o.end();
    expect(running()).toEqual(['o', 'a']);
  });

  it('of everything starts nothing', async () => {
    const { set, jobs, running, ended } = submit({ a: 'simple', o: 'ordered', b: 'simple' });
    void set.abort(() => true);
    await jobs.a.end();
    expect(running()).toEqual(['a']);
    expect(ended.toSorted()).toEqual(['a: a', 'b: aborted', 'o: aborted']);
  });

  it('leaves the other tasks alone', () => {
    const { set, jobs } = submit({ a: 'simple', b: 'simple' });
    void set.abort(({ name }) => name === 'a');
    expect(jobs.b.aborts).toBe(0);
  });

  it('tells a task once, however often it is aborted', async () => {
    const { set, jobs } = submit({ a: 'simple' });
    void set.abort(() => true);
    void set.abort(() => true);
    expect(jobs.a.aborts).toBe(1);
    await jobs.a.end();
  });

  it('waits for a task that an earlier abort has told', async () => {
    const { set, jobs } = submit({ a: 'simple' });
    void set.abort(() => true);
    let settled = false;
    void set.abort(() => true)?.ended.then(() => (settled = true));
    await settle();
    expect(settled).toBe(false);
    await jobs.a.end();
    expect(settled).toBe(true);
  });

  it('may be asked for again while a task is being told', async () => {
    const { set, jobs, ended } = submit({ a: 'simple', o: 'ordered', p: 'ordered' });
    jobs.o.onAbort = () => void set.abort(({ name }) => name !== 'a');
    void set.abort(({ name }) => name !== 'a');
    await jobs.a.end();
    expect(ended.toSorted()).toEqual(['a: a', 'o: aborted', 'p: aborted']);
    // The count of waiting tasks has to be right still.
    const later = submit({ x: 'ordered', y: 'simple' }, set);
    expect(later.running()).toEqual(['x']);
    await later.jobs.x.end();
    expect(later.running()).toEqual(['x', 'y']);
  });
});

describe('holding', () => {
  it('lets no task start, not even a HEAD OF QUEUE one', () => {
    const set = new TaskSet<string, Job>();
    set.hold();
    expect(submit({ a: 'simple', h: 'head of queue' }, set).running()).toEqual([]);
  });

  it('starts them by their attributes when released', async () => {
    const set = new TaskSet<string, Job>();
    const release = set.hold();
    const { jobs, running } = submit({ a: 'simple', b: 'simple', o: 'ordered', c: 'simple' }, set);
    release();
    expect(running()).toEqual(['a', 'b']);
    await jobs.a.end();
    await jobs.b.end();
    expect(running()).toEqual(['a', 'b', 'o']);
  });

  it('starts the HEAD OF QUEUE tasks first when released', () => {
    const set = new TaskSet<string, Job>();
    const release = set.hold();
    const { running } = submit({ a: 'simple', h: 'head of queue' }, set);
    release();
    expect(running()).toEqual(['h']);
  });

  it('does not keep a task from being aborted', async () => {
    const set = new TaskSet<string, Job>();
    const release = set.hold();
    const { running, ended } = submit({ a: 'simple', b: 'simple' }, set);
    void set.abort(({ name }) => name === 'a');
    release();
    await settle();
    expect([running(), ended]).toEqual([['b'], ['a: aborted']]);
  });
});
