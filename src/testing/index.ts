/** The published test kit: suites and stand-ins for those who write backends and transports. */
export { backendSuite } from './backend-suite.ts';
export type { SuiteCase } from './backend-suite.ts';
export { manualClock } from './manual-clock.ts';
export type { ManualClock } from './manual-clock.ts';
export { scriptedBackend } from './scripted-backend.ts';
export type {
  HeldCall,
  ScriptedBackend,
  ScriptedCall,
  ScriptedFailure,
  ScriptedOperation,
  ScriptRule,
} from './scripted-backend.ts';
