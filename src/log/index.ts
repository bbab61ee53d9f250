/** Log pages (SPC, SBC): what LOG SENSE answers and LOG SELECT sends, to bytes and back. */
export * from './application-client.ts';
export * from './background-scan.ts';
export * from './cache-memory-statistics.ts';
export * from './environmental-reporting.ts';
export * from './error-counters.ts';
export * from './general-statistics.ts';
export * from './informational-exceptions.ts';
export {
  decodeLogPage,
  decodeLogPages,
  encodeLogPage,
  LOG_PARAMETER_FORMAT,
  type DecodedLogPage,
  type DecodedLogPages,
  type LogPageAddress,
  type LogPageOptions,
  type LogParameter,
  type LogParameterControl,
  type PlacedLogParameter,
} from './log-page.ts';
export * from './log-page-spec.ts';
export * from './logical-block-provisioning.ts';
export * from './pending-defects.ts';
export * from './power-condition-transitions.ts';
export * from './protocol-specific-port.ts';
export * from './self-test-results.ts';
export * from './start-stop-cycle-counter.ts';
export * from './supported-log-pages.ts';
export * from './temperature.ts';
