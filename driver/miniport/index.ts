/** What Windows sees of a unit of WinSpd. */
export {
  MiniportInitiator,
  type MiniportInitiatorOptions,
  type UnitTransport,
} from './miniport-initiator.ts';
export { SRB_STATUS, SrbError } from './srb-error.ts';
