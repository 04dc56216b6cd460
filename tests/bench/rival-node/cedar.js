// Cedar beside our engine: sixty policies of the shape of a pack (permits by consent, circumstance and duty; forbids), parsed beforehand, one item
// of one case for each call. The Wasm build takes its call as an object, so reading that object is part of what is measured; it cannot be asked
// otherwise from Node.
// usage: node cedar.js SECONDS   prints {"ns_per_decision": …, "policies": …}
import { performance } from 'node:perf_hooks';

let cedar;
try {
  cedar = await import('@cedar-policy/cedar-wasm/nodejs');
} catch {
  console.log(JSON.stringify({ error: 'cedar-wasm is not installed' }));
  process.exit(0);
}
if (!cedar.preparsePolicySet) cedar = cedar.default;

const purposes = ['mash_referral', 's47_enquiry', 's17_assessment', 'early_help', 'education_placement', 'health_treatment', 'emergency', 'police_serious_offence', 'missing_person', 'court_order'];
const circumstances = ['significant_harm_child', 'being_hurt', 'danger_to_life', 'serious_offence', 'missing_child', 'court_order', 'statutory_demand', 'wellbeing_at_risk', 'adult_at_risk', 'public_interest'];
const policies = [];
for (const purpose of purposes) {
  policies.push(`permit (principal, action == Action::"release", resource) when { context.flow == "partner_request" && context.purpose == "${purpose}" && context.agreement == "current" && context.consent_state == "current" && context.consent_form == "written" && resource.relevant };`);
  policies.push(`permit (principal, action == Action::"release", resource) when { context.flow == "referral" && context.purpose == "${purpose}" && context.consent_state == "current" && context.consent_form == "written" };`);
}
for (const code of circumstances) {
  policies.push(`permit (principal, action == Action::"release", resource) when { context.evidenced.contains("${code}") && context.approvals.containsAny(["dsl", "deputy_dsl"]) && resource.relevant };`);
  policies.push(`permit (principal, action == Action::"release", resource) when { context.emergency && context.evidenced.contains("${code}") && context.agreement != "none" };`);
}
for (const compartment of ['counselling', 'health_drop_in']) policies.push(`forbid (principal, action, resource) when { resource.compartment == "${compartment}" } unless { context.approvals.contains("director") };`);
for (const role of ['volunteer', 'mentor', 'teacher', 'non_teaching_staff', 'admin', 'auditor']) policies.push(`forbid (principal, action, resource) when { context.role == "${role}" && resource.category == "safeguarding_concern" };`);
for (const [fact, category] of [['conflict', 'staff_allegation'], ['conflict', 'allegation'], ['marked_risk', 'safe_address'], ['marked_risk', 'contact'], ['withheld', 'identity'], ['withheld', 'contact'],
  ['withheld', 'health_physical'], ['withheld', 'informant_identity'], ['conflict', 'informant_identity'], ['conflict', 'counselling'], ['marked_risk', 'counselling'], ['withheld', 'chronology']])
  policies.push(`forbid (principal, action, resource) when { context.${fact} && resource.category == "${category}" };`);

const parsed = cedar.preparsePolicySet('bench', { staticPolicies: policies.join('\n') });
if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed));
const call = (consent, category) => ({
  principal: { type: 'Agency', id: 'sampleton-early-help' }, action: { type: 'Action', id: 'release' }, resource: { type: 'Item', id: 'i-17' }, preparsedPolicySetId: 'bench',
  context: { flow: 'partner_request', purpose: 'early_help', agreement: 'current', consent_state: consent, consent_form: 'written', evidenced: ['wellbeing_at_risk'], approvals: [], emergency: false,
    role: 'worker', conflict: false, marked_risk: false, withheld: false },
  entities: [{ uid: { type: 'Item', id: 'i-17' }, attrs: { category, compartment: 'none', relevant: true }, parents: [] }],
});
const yes = call('current', 'identity'), no = call('withdrawn', 'identity');
for (const [question, want] of [[yes, 'allow'], [no, 'deny']]) {
  const got = cedar.statefulIsAuthorized(question);
  if (got.type !== 'success' || got.response.decision !== want) throw new Error(`cedar answered ${JSON.stringify(got)} where ${want} was due`);
}
const batch = 200, ns = [], until = performance.now() + 1000 * Number(process.argv[2] ?? 1);
do {
  const start = performance.now();
  for (let i = 0; i < batch; i++) cedar.statefulIsAuthorized(i % 2 ? yes : no);
  ns.push((performance.now() - start) * 1e6 / batch);
} while (performance.now() < until);
ns.sort((a, b) => a - b);
console.log(JSON.stringify({ ns_per_decision: Math.round(ns[ns.length >> 1]), policies: policies.length }));
