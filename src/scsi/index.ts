/**
 * The device: targets, logical units, task sets, commands and their policy.
 *
 * @packageDocumentation
 */
export * from './clock.ts';
export * from './command-sets/sbc.ts';
export * from './command-sets/spc.ts';
export * from './command.ts';
export * from './identity.ts';
export * from './logical-unit.ts';
export * from './lun-map.ts';
export * from './lun.ts';
export * from './medium.ts';
export * from './mode-parameters.ts';
export * from './nexus.ts';
export * from './readiness.ts';
export * from './result.ts';
export * from './status.ts';
export * from './target-port.ts';
export * from './target.ts';
export * from './task.ts';
export * from './unit-attention.ts';
export * from './unit-settings.ts';
export * from './unit-store.ts';
