/**
 * Persistent reservations once more, written down from the tables of SPC without looking at the
 * implementation: lists that are searched, and one mutable object.
 */

export interface ModelNexus {
  readonly initiator: string;
  readonly port: number;
}

/** `done`, or why not. */
type Outcome = string;

/** Short for a nexus: `a1` is initiator a at port 1. */
export const nick = (nexus: ModelNexus): string => nexus.initiator + String(nexus.port);

/** What can be seen of reservations, as one text. */
export function describeReservations(seen: {
  readonly keys: readonly { readonly who: string; readonly key: bigint }[];
  readonly type: number;
  readonly generation: number;
  readonly aptpl: boolean;
  readonly rights: readonly {
    readonly who: string;
    readonly holder: boolean;
    readonly read: boolean;
    readonly write: boolean;
  }[];
}): string {
  const keys = seen.keys.map(({ who, key }) => `${who}=${key}`).sort();
  const rights = seen.rights.map(
    ({ who, holder, read, write }) =>
      who + (holder ? ' holds' : '') + (read ? ' reads' : '') + (write ? ' writes' : ''),
  );
  return [`type ${seen.type}`, seen.generation, seen.aptpl, ...keys, ...rights].join('; ');
}

export class ReservationModel {
  keys: { who: string; key: bigint }[] = [];
  /** TYPE of the reservation, 0 for none. */
  type = 0;
  /** Who made the reservation; '' for all registrants. */
  holder = '';
  generation = 0;
  aptpl = false;
  /** `who 2A/xx` for every unit attention of the last action, sorted. */
  told: string[] = [];
  aborted: string[] = [];

  readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  keyOf(who: string): bigint {
    return this.keys.find((each) => each.who === who)?.key ?? 0n;
  }

  isHolder(who: string): boolean {
    if (this.type === 0) return false;
    return this.type >= 7 ? this.keyOf(who) !== 0n : this.holder === who;
  }

  /** The access table of SPC: does the type let this nexus read, write? */
  access(who: string): { read: boolean; write: boolean } {
    const registered = this.keyOf(who) !== 0n;
    const mine = this.holder === who;
    switch (this.type) {
      case 1:
        return { read: true, write: mine };
      case 3:
        return { read: mine, write: mine };
      case 5:
      case 7:
        return { read: true, write: registered };
      case 6:
      case 8:
        return { read: registered, write: registered };
      default:
        return { read: true, write: true };
    }
  }

  private unregister(who: string): void {
    this.keys = this.keys.filter((each) => each.who !== who);
    if (this.type >= 7 ? this.keys.length === 0 : this.type !== 0 && this.holder === who)
      this.free();
  }

  private free(): void {
    this.type = 0;
    this.holder = '';
  }

  private take(who: string, type: number): void {
    this.type = type;
    this.holder = type >= 7 ? '' : who;
  }

  register(
    who: string,
    key: bigint | undefined,
    newKey: bigint,
    also: readonly string[],
    aptpl: boolean,
    specIPt: boolean,
  ): Outcome {
    this.told = [];
    this.aborted = [];
    if (key !== undefined && this.keyOf(who) !== key) return 'conflict';
    if (specIPt && this.keyOf(who) !== 0n) return 'already registered';
    const all = [...new Set([who, ...also])].filter(
      (each) => key === undefined || this.keyOf(each) === key,
    );
    const fresh = newKey === 0n ? 0 : all.filter((each) => this.keyOf(each) === 0n).length;
    if (fresh > 0 && this.keys.length + fresh > this.limit) return 'no room';
    const type = this.type;
    for (const each of all) {
      if (newKey === 0n) this.unregister(each);
      else if (this.keyOf(each) === 0n) this.keys.push({ who: each, key: newKey });
      else this.keys = this.keys.map((k) => (k.who === each ? { who: each, key: newKey } : k));
    }
    // Registrants only, and the holder went: the others that are still registered are told.
    if (type >= 5 && this.type === 0)
      this.told = this.keys.filter((each) => each.who !== who).map((each) => `${each.who} 2a/04`);
    this.aptpl = aptpl;
    this.generation++;
    return 'done';
  }

  reserve(who: string, key: bigint, type: number): Outcome {
    this.told = [];
    this.aborted = [];
    if (this.keyOf(who) === 0n || this.keyOf(who) !== key) return 'conflict';
    if (this.type === 0) this.take(who, type);
    else if (!this.isHolder(who) || this.type !== type) return 'conflict';
    return 'done';
  }

  release(who: string, key: bigint, scope: number, type: number): Outcome {
    this.told = [];
    this.aborted = [];
    if (this.keyOf(who) === 0n || this.keyOf(who) !== key) return 'conflict';
    if (!this.isHolder(who)) return 'done';
    if (scope !== 0 || type !== this.type) return 'invalid release';
    this.free();
    if (type >= 5)
      for (const each of this.keys) if (each.who !== who) this.told.push(`${each.who} 2a/04`);
    return 'done';
  }

  clear(who: string, key: bigint): Outcome {
    this.told = [];
    this.aborted = [];
    if (this.keyOf(who) === 0n || this.keyOf(who) !== key) return 'conflict';
    for (const each of this.keys) if (each.who !== who) this.told.push(`${each.who} 2a/03`);
    this.keys = [];
    this.free();
    this.generation++;
    return 'done';
  }

  preempt(
    who: string,
    key: bigint,
    victim: bigint,
    scope: number,
    type: number,
    abort: boolean,
  ): Outcome {
    this.told = [];
    this.aborted = [];
    if (this.keyOf(who) === 0n || this.keyOf(who) !== key) return 'conflict';
    if (victim === 0n && this.type < 7) return 'key is zero';
    const chosen = this.keys
      .filter((each) => victim === 0n || each.key === victim)
      .map((each) => each.who);
    if (chosen.length === 0) return 'conflict';
    const ofReservation =
      victim === 0n || (this.type !== 0 && this.type < 7 && this.keyOf(this.holder) === victim);
    if (ofReservation && scope !== 0) return 'invalid scope';
    if (ofReservation && ![1, 3, 5, 6, 7, 8].includes(type)) return 'invalid type';
    const oldType = this.type;
    if (ofReservation) {
      for (const each of chosen) if (each !== who) this.unregister(each);
      this.take(who, type);
      if (oldType !== type)
        for (const each of this.keys) if (each.who !== who) this.told.push(`${each.who} 2a/04`);
    } else for (const each of chosen) this.unregister(each);
    for (const each of chosen) if (each !== who) this.told.push(`${each} 2a/05`);
    if (abort) this.aborted = chosen;
    this.generation++;
    return 'done';
  }

  move(
    who: string,
    key: bigint,
    newKey: bigint,
    to: string,
    unregister: boolean,
    aptpl: boolean,
  ): Outcome {
    this.told = [];
    this.aborted = [];
    if (this.keyOf(who) === 0n || this.keyOf(who) !== key) return 'conflict';
    if (this.type === 0 || this.type >= 7 || this.holder !== who) return 'conflict';
    if (newKey === 0n) return 'key is zero';
    if (to === who) return 'moved to itself';
    const fresh = this.keyOf(to) === 0n && !unregister ? 1 : 0;
    if (fresh > 0 && this.keys.length + fresh > this.limit) return 'no room';
    this.holder = to;
    this.keys = this.keys.filter((each) => each.who !== to);
    this.keys.push({ who: to, key: newKey });
    if (unregister) this.keys = this.keys.filter((each) => each.who !== who);
    this.aptpl = aptpl;
    this.generation++;
    return 'done';
  }
}
