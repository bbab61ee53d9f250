/** Who watches commands, for metrics, traces and tests. */
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
import type { Clock } from './clock.ts';
import type { Nexus } from './nexus.ts';
import type { Response, Task } from './task.ts';

/** A command that has ended. */
export interface EndedCommand {
  /** Where it came from, and through which port. */
  readonly nexus: Nexus;
  /** The command. Its `dataIn` and CDB belong to the transport: look now, or copy. */
  readonly task: Task;
  /** What is sent for it; undefined: it was aborted, and nothing is. Its data may be used only now. */
  readonly response: Response | undefined;
  /** Milliseconds by the target's clock from its arrival, the wait for data-out included. */
  readonly milliseconds: number;
}

/**
 * Is told of every command of a target when it ends, those of LUNs without a unit too. It is on
 * every command's way: be quick. What it throws is lost.
 */
export type CommandObserver = (command: EndedCommand) => void;

/** Runs a command, and tells the observer when it has ended. */
export function observed(
  observe: CommandObserver,
  clock: Clock,
  command: Pick<EndedCommand, 'nexus' | 'task'>,
  run: () => MaybePromise<Response | undefined>,
): MaybePromise<Response | undefined> {
  const arrived = clock.now();
  const tell = (response: Response | undefined): Response | undefined => {
    try {
      observe({ ...command, response, milliseconds: clock.now() - arrived });
    } catch {
      // An observer's bug must not cost the initiator its answer.
    }
    return response;
  };
  const response = run();
  return isPromise(response) ? response.then(tell) : tell(response);
}
