/** Unit attention conditions once more: a list for each nexus. */
import { NEXUSES, type Who } from './device.ts';

/** Resets cover each other: the strongest first. */
const RESETS = ['29/00', '29/03', '29/07'];

/** Of more than this many the unit makes one: POWER ON, RESET, OR BUS DEVICE RESET OCCURRED. */
const MOST = 8;

export class AttentionModel {
  readonly #told = new Map<Who, string[]>(NEXUSES.map((who) => [who, []]));

  /** Nobody has been told of anything but the power on. */
  powerOn(): void {
    for (const who of NEXUSES) this.#told.set(who, ['29/00']);
  }

  /** Establishes a unit attention condition for all but one: ASC and ASCQ. */
  tell(what: string, knowing?: Who): void {
    for (const who of NEXUSES) if (who !== knowing) this.tellOne(who, what);
  }

  /** Establishes a unit attention condition for one nexus. */
  tellOne(who: Who, what: string): void {
    const list = this.#told.get(who)!;
    if (list.includes(what)) return;
    if (!RESETS.includes(what)) {
      list.push(what);
      if (list.length > MOST) this.#told.set(who, ['29/00']);
      return;
    }
    const had = list.findIndex((each) => RESETS.includes(each));
    if (had >= 0) {
      if (RESETS.indexOf(list[had]!) < RESETS.indexOf(what)) return;
      list.splice(had, 1);
    }
    list.unshift(what);
  }

  /** What a command is told; with UA_INTLCK_CTRL it is told again. */
  report(who: Who, interlock: number): string | undefined {
    return interlock === 0 ? this.take(who) : this.#told.get(who)![0];
  }

  /** What the nexus is told next, and not again. */
  take(who: Who): string | undefined {
    return this.#told.get(who)!.shift();
  }
}
