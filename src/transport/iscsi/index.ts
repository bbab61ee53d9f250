/** iSCSI (RFC 7143): a target server and an initiator over `node:net`, and their codecs. */
export { IscsiServer } from './server.ts';
export type {
  IscsiCounters,
  IscsiLogEvent,
  IscsiServerOptions,
  IscsiSessionInfo,
} from './server-info.ts';
export type { IscsiPortalAddress, IscsiPortalOptions } from './portal.ts';
export type {
  IscsiLunMap,
  IscsiRedirect,
  IscsiTargetOptions,
  IscsiTargetSettings,
} from './target-entry.ts';
export type {
  ChapAlgorithm,
  ChapCredentials,
  ChapInitiatorOptions,
  ChapTargetOptions,
} from './chap.ts';
export { crc32c } from './crc32c.ts';
export type { Crc32c } from './crc32c.ts';
export type { DigestOptions, DigestPolicy, Digests } from './digest.ts';
export type { LogLevel } from './host.ts';
export type { IscsiLimits } from './options.ts';
export { isIscsiName, normalizeName } from './names.ts';
export { decodePdu, encodePdu } from './pdu.ts';
export type { Pdu, RequestPdu, ResponsePdu } from './pdu.ts';
export { PduParser } from './pdu-parser.ts';
export { ReceiveMemory } from './receive-memory.ts';
export type { PduFault, PduParserOptions } from './pdu-parser.ts';
export type { PduFrame } from './pdu-spec.ts';
export { decodeText, encodeText } from './text.ts';
export type { TextFault, TextPair } from './text.ts';
export { IscsiInitiator } from './initiator.ts';
export type { DiscoveredTarget } from './initiator.ts';
export type { InitiatorManagement } from './initiator-connection.ts';
export type {
  InitiatorEvent,
  IscsiInitiatorOptions,
  ReconnectOptions,
} from './initiator-options.ts';
export { isSafeToRetry } from './safe-to-retry.ts';
export { parseTargetAddress } from './target-address.ts';
export type { TargetAddress } from './target-address.ts';
export type { InitiatorCommand } from './initiator-exchange.ts';
export type { CommandOutcome as InitiatorResult } from '../initiator.ts';
export { IscsiError } from './initiator-error.ts';
export type { IscsiErrorCode } from './initiator-error.ts';
export type { OperationalParameters } from './negotiation.ts';
export type {
  DataOutPdu,
  LoginRequestPdu,
  LogoutRequestPdu,
  NopOutPdu,
  ScsiCommandPdu,
  SnackRequestPdu,
  TaskManagementRequestPdu,
  TextRequestPdu,
} from './pdu-request.ts';
export type {
  AsyncMessagePdu,
  DataInPdu,
  LoginResponsePdu,
  LogoutResponsePdu,
  NopInPdu,
  R2TPdu,
  RejectPdu,
  ScsiResponsePdu,
  TaskManagementResponsePdu,
  TextResponsePdu,
} from './pdu-response.ts';
