import {
  encodeCertificateData,
  encodeSecurityProtocols,
  SECURITY_INFORMATION,
  SECURITY_PROTOCOL_IN_12,
  SECURITY_PROTOCOL_INFORMATION,
  SECURITY_PROTOCOL_OUT_12,
  type SecurityProtocolIn,
  type SecurityProtocolOut,
} from '../../cdb/security-protocol.ts';
import { invalidField, type Command } from '../command.ts';
import { good } from '../result.ts';

const NO_CERTIFICATE = new Uint8Array(0);

/** SECURITY PROTOCOL IN (SPC): only the one that tells that there is no other, and no certificate. */
export const securityProtocolIn: Command<SecurityProtocolIn> = {
  specs: [SECURITY_PROTOCOL_IN_12],
  reservation: 'reads',
  passesAccessState: 'standby',
  run({ protocol, protocolSpecific }, context) {
    if (protocol !== SECURITY_PROTOCOL_INFORMATION) return invalidField(context, 'protocol');
    if (protocolSpecific === SECURITY_INFORMATION.PROTOCOLS)
      return good(encodeSecurityProtocols([SECURITY_PROTOCOL_INFORMATION]));
    if (protocolSpecific === SECURITY_INFORMATION.CERTIFICATE)
      return good(encodeCertificateData(NO_CERTIFICATE));
    return invalidField(context, 'protocolSpecific');
  },
};

/** SECURITY PROTOCOL OUT (SPC): there is no protocol to send to, for the information is only read. */
export const securityProtocolOut: Command<SecurityProtocolOut> = {
  specs: [SECURITY_PROTOCOL_OUT_12],
  reservation: 'writes',
  passesAccessState: 'standby',
  run: (_, context) => invalidField(context, 'protocol'),
};
