/** What Windows sees of a unit of WinSpd. */
export { Miniport, type MiniportOptions, type UnitTransport } from './miniport.ts';
export { SRB_STATUS, SrbError } from './srb-error.ts';
