import { INQUIRY_6, type Inquiry } from '../../cdb/inquiry.ts';
import { encodeStandardInquiry, VERSION_DESCRIPTOR } from '../../vpd/standard-inquiry.ts';
import { invalidField, type Command, type Context } from '../command.ts';
import { good } from '../result.ts';
import { ISCSI_PROTOCOL } from '../target-port.ts';
import { VPD_PAGES } from '../vpd-pages.ts';

/** VERSION of SPC-4; initiators of its time take 7 (SPC-5) for an error. */
const SPC_4 = 6;

/** PERIPHERAL QUALIFIER 001b: what SPC has a unit say through a port that is unavailable. */
const NOT_CONNECTED = 0b001 << 5;

/** INQUIRY (SPC). */
export const inquiry: Command<Inquiry> = {
  specs: [INQUIRY_6],
  reservation: 'allowed',
  passesUnitAttention: true,
  passesAccessState: 'always',
  passesOperation: 'always',
  run(request, context) {
    const data = inquiryData(request, context);
    if (data === undefined) return invalidField(context, 'pageCode');
    const { unit, nexus } = context;
    if (unit.access.state(nexus.port.portGroup) === 'unavailable')
      data[0] = (data[0] ?? 0) | NOT_CONNECTED;
    return good(data);
  },
};

function inquiryData(
  { evpd, pageCode }: Inquiry,
  context: Context<Inquiry>,
): Uint8Array | undefined {
  if (!evpd) return pageCode === 0 ? standardInquiry(context) : undefined;
  const page = VPD_PAGES.find((each) => each.pageCode === pageCode);
  return page?.build(context.unit, context.nexus.port);
}

function standardInquiry({ unit, nexus }: Context<Inquiry>): Uint8Array {
  const { SAM_5, SPC_4: SPC_4_DESCRIPTOR, SBC_3, ISCSI } = VERSION_DESCRIPTOR;
  const transport = nexus.port.protocol === ISCSI_PROTOCOL ? [ISCSI] : [];
  const { vendor, product, revision } = unit.identity;
  return encodeStandardInquiry({
    removable: unit.settings.removable,
    version: SPC_4,
    normalAca: true,
    hierarchicalSupport: true,
    targetPortGroupSupport: unit.settings.tpgs,
    protect: unit.protection.supported,
    multiPort: unit.ports.length > 1,
    responseDataFormat: 2,
    thirdPartyCopy: true,
    commandQueuing: true,
    vendor,
    product,
    revision,
    versionDescriptors: [SAM_5, ...transport, SPC_4_DESCRIPTOR, SBC_3],
  });
}
