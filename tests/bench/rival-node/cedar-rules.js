// A pack in Cedar, as far as Cedar can say it, made from the pack's JSON: whether an item goes out with names. Each rule, gate and ground is a policy of its own; what stands in the
// way is a `forbid`, unless danger now or a permit that overrides it lifts it. Facts come derived, as two sets of words each: what is surely so, and what is possibly so.
// What Cedar cannot say, and is left out: why, in what detail and under which clauses; refer, withhold or without names; whom to ask; obligations and clocks; what would change the
// answer; and how dates, ages and givers become facts.
// usage: node cedar-rules.js PACK_JSON MATRIX_JSON < facts    prints {"cases", "agree", "allowed", "policies", "differ": […]}
import fs from 'node:fs';
import readline from 'node:readline';

let cedar = await import('@cedar-policy/cedar-wasm/nodejs');
if (!cedar.preparsePolicySet) cedar = cedar.default;

const pack = JSON.parse(fs.readFileSync(process.argv[2], 'utf8')), matrix = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
const setting = (name) => pack.settings[name].value;

// ---- terms
const name = (key) => key.replace(/\./g, '_');
const list = (words) => `[${words.map((word) => JSON.stringify(String(word))).join(', ')}]`;
const has = (side, key, words) => (words.length === 0 ? 'false' : words.length === 1 ? `context.${side}.${name(key)}.contains(${JSON.stringify(String(words[0]))})` : `context.${side}.${name(key)}.containsAny(${list(words)})`);
const is = (key, ...words) => has('sure', key, words), may = (key, ...words) => has('maybe', key, words);
const and = (...parts) => { const left = parts.flat().filter((one) => one !== 'true'); return left.includes('false') ? 'false' : left.length === 0 ? 'true' : left.length === 1 ? left[0] : `(${left.join(' && ')})`; };
const or = (...parts) => { const left = parts.flat().filter((one) => one !== 'false'); return left.includes('true') ? 'true' : left.length === 0 ? 'false' : left.length === 1 ? left[0] : `(${left.join(' || ')})`; };
const not = (part) => (part === 'true' ? 'false' : part === 'false' ? 'true' : `!${part}`);

const lines = { 'subject.age': setting('age_bands').lines ?? [13, 16, 18], 'requester.tenure_days': [...(setting('age_bands').tenure_lines ?? [])] };
const volunteer = setting('role_gates').volunteer;
if (volunteer && !lines['requester.tenure_days'].includes(volunteer.min_days)) lines['requester.tenure_days'].push(volunteer.min_days);
for (const one of Object.values(lines)) one.sort((a, b) => a - b);
const bandsIn = (key, { at_least: least = 0, below = Infinity }) => [0, ...lines[key]].filter((line) => line >= least && line < below);
const words = (key, value) => (Array.isArray(value) ? value : bandsIn(key, value));
const ofItem = (key) => key.startsWith('item.') || key.startsWith('consent.');
const terms = (rule, part, half) => Object.entries(rule[part] ?? {}).filter(([key]) => half === 'all' || ofItem(key) === (half === 'item'));
const surely = (rule, half) => and(terms(rule, 'when', half).map(([key, value]) => is(key, ...words(key, value))), terms(rule, 'unless', half).map(([key, value]) => not(may(key, ...words(key, value)))));
const possibly = (rule, half) => and(terms(rule, 'when', half).map(([key, value]) => may(key, ...words(key, value))), terms(rule, 'unless', half).map(([key, value]) => not(is(key, ...words(key, value)))));

// ---- the route of each purpose
const route = Object.fromEntries(Object.entries(matrix.purpose_defaults).map(([purpose, one]) => [purpose, { mode: one.approval.mode, roles: one.approval.any_of }]));
for (const one of setting('refer_routes').routes) for (const purpose of one.purposes) route[purpose] = { mode: one.mode, roles: one.any_of ?? [] };
const unsure = setting('refer_routes').unsure;
const met = (mode, roles) => (mode === 'required' ? is('approved.role', ...roles) : mode === 'advice' ? is('advised.role', ...roles) : 'true');
// purposes with the same route stand together
function byRoute(of) {
  const groups = new Map();
  for (const [purpose, one] of Object.entries(route)) groups.set(of(one), [...(groups.get(of(one)) ?? []), purpose]);
  return or([...groups].map(([what, purposes]) => and(is('purpose', ...purposes), what)));
}
const routeMet = byRoute((one) => met(one.mode, one.roles)), routeSaid = byRoute((one) => is('approved.role', ...one.roles));
const noPurpose = not(is('purpose', ...Object.keys(route)));
const routeOrUnsure = or(byRoute((one) => is('approved.role', ...(one.roles.length ? one.roles : unsure))), and(noPurpose, is('approved.role', ...unsure)));

const permits = pack.rules.filter((rule) => rule.effect === 'permit'), forbids = pack.rules.filter((rule) => rule.effect === 'forbid');
const must = or(permits.filter((rule) => rule.duty === 'must_share').map((rule) => surely(rule, 'case')));
const statute = or(permits.filter((rule) => rule.stratum === 'statute').map((rule) => surely(rule, 'case')));
const self = and(must, is('self_approved', ...(setting('deputies').self_referrers ?? [])));
const approval = (rule) => {
  const roles = rule.needs_approval ?? [];
  const said = rule.approval ? routeMet : roles.length ? met(rule.mode ?? 'required', roles) : 'true';
  const own = !rule.own_approval ? 'false' : rule.approval ? byRoute((one) => is('self_approved', ...one.roles)) : is('self_approved', ...roles);
  return or(said, self, own);
};
const pastGap = and(or(must, is('risk', 'child')), or(routeOrUnsure, self));
const partner = is('flow', 'partner_request');
// danger now opens the safety minimum: nothing of it is an exception of the matrix
const danger = and(is('request', 'emergency_possible'), or(not(partner), is('request', 'officer_named')), not(is('item.detail', 'exception')));

// ---- policies
const policies = [];
const permit = (when) => { if (when !== 'false') policies.push(`permit (principal, action, resource) when { ${when} };`); };
const forbid = (when, unless = 'false') => { if (when !== 'false') policies.push(`forbid (principal, action, resource) when { ${when} }${unless === 'false' ? '' : ` unless { ${unless} }`};`); };

for (const rule of permits) if (!(rule.anonymised ?? rule.stratum === 'anonymise')) permit(and(surely(rule, 'all'), approval(rule)));
permit(danger);
forbid(may('requester.conflict', 'true'));
const gates = setting('role_gates');
const shut = or(gates.training ? not(is('requester.training', 'current')) : 'false', gates.attested ? not(is('requester.attested', 'true')) : 'false',
  volunteer ? and(may('requester.role', 'volunteer'), or(not(is('requester.tenure_days', ...bandsIn('requester.tenure_days', { at_least: volunteer.min_days }))), volunteer.signoff ? not(is('requester.signed_off', 'true')) : 'false')) : 'false');
forbid(and(may('requester.kind', 'staff'), shut), or(danger, pastGap));
const byDanger = new Set(['compartment', 'training_gate', 'tenure_gate', 'role']);
const standing = new Set(['conflict', 'own_record', 'withheld_from_person', 'safe_address', 'age_rule', 'best_interests']);
for (const rule of forbids) {
  const lifted = permits.filter((one) => (one.overrides ?? []).includes(rule.id)).map((one) => and(surely(one, 'all'), approval(one)));
  forbid(possibly(rule, 'all'), or(lifted, byDanger.has(rule.reason) || !standing.has(rule.reason) ? danger : 'false'));
}
forbid(may('item.withheld_from_requester', 'true'));
forbid(is('item.category', 'safe_address'));
forbid(and(is('item.needs', 'best_interests'), is('best_interests', 'false')));
const routes = setting('refer_routes');
forbid(or(not(is('request', 'flow_listed')), not(is('request', 'type_listed'))), or(danger, is('approved.role', ...routes.purpose_unknown)));
forbid(and(is('request', 'needs_agreement'), not(is('agreement', 'current'))),
  or(danger, statute, and(must, is('recipient.type', ...(setting('break_rule').recipients ?? []))), is('approved.role', ...routes.no_agreement), pastGap));
forbid(or(not(is('request', 'statements_complete')), is('item.needs', 'statement_missing')), or(danger, pastGap));
forbid(not(is('item.relevant', 'true')));
forbid(not(is('item.category', ...matrix.categories.map((one) => one.id ?? one))));
forbid(is('item.detail', 'none'));
const byHand = or(routeSaid, self);
forbid(is('item.detail', 'exception'), byHand);
forbid(is('item.needs', 'approval'), or(danger, byHand));
forbid(and(is('item.needs', 'best_interests'), not(is('best_interests', 'true'))), danger);

const parsed = cedar.preparsePolicySet('rules', { staticPolicies: policies.join('\n') });
if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed).slice(0, 2000));

// ---- the same facts
let cases = 0, agree = 0, allowed = 0;
const differ = [];
for await (const line of readline.createInterface({ input: process.stdin })) {
  const fact = JSON.parse(line);
  const sets = (side) => Object.fromEntries(Object.entries(side).map(([key, value]) => [name(key), value]));
  const got = cedar.statefulIsAuthorized({ principal: { type: 'Agency', id: 'a' }, action: { type: 'Action', id: 'release' }, resource: { type: 'Item', id: 'i' }, preparsedPolicySetId: 'rules',
    context: { sure: sets(fact.is), maybe: sets(fact.may) }, entities: [] });
  if (got.type !== 'success' || got.response.diagnostics.errors.length) throw new Error(JSON.stringify(got).slice(0, 2000));
  const allow = got.response.decision === 'allow';
  cases++;
  if (allow) allowed++;
  if (allow === fact.release) agree++;
  else if (differ.length < 3) differ.push({ cedar: got.response.decision, by: got.response.diagnostics.reason.map((id) => policies[Number(/\d+$/.exec(id)?.[0] ?? -1)] ?? id).slice(0, 2), fact });
}
console.log(JSON.stringify({ cases, agree, allowed, policies: policies.length, differ }));
