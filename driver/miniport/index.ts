/** What Windows sees of a unit of WinSpd. */
export { driverInitiator, type DeviceAddress } from './driver-initiator.ts';
export {
  MiniportInitiator,
  type MiniportInitiatorOptions,
  type UnitTransport,
} from './miniport-initiator.ts';
export { SRB_STATUS, SrbError } from './srb-error.ts';
