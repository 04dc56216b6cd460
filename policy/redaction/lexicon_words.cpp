// The words themselves. Lists of our own, by what they tell about a name beside them; words/english.inc is derived from SCOWL.
#include "policy/redaction/lexicon.hpp"

namespace gatehouse::redaction {

namespace {

constexpr char english[] =
#include "policy/redaction/words/english.inc"
    ;

}  // namespace

const WordList word_lists[] = {
    {word::english, english},
    // Contractions without their apostrophe, letters that stand alone, spellings of messages, and words of practice.
    {word::english,
     R"(a i o s t m d ll re ve isn aren wasn weren hasn haven hadn doesn didn don couldn wouldn shouldn mustn needn ain won
cant wont dont doesnt didnt isnt wasnt hasnt havent couldnt wouldnt shouldnt thats whats shes hes theyre youre ive im ill wheres theres
lets gonna wanna gotta cos coz cuz tho thru nite tonite wud cud shud wiv wen wot wat dat dis pls plz thx ta tmrw tmw tomo bk ppl bcos abt
obvs lol omg asap fyi btw imo hv hvs mth mths wk wks yr yrs hr hrs min mins approx etc ie eg nb ps re cc bcc fwd ok okay yep nope yeah
mam mum mums mummy mammy mom nan nana nanny nans gran grans grandma granny dad dads daddy tata tad bampy taid nain babcia dziadek
safeguarding multi agency strengths caseworker centile centiles immunisations immunisation vaccination inhaler inhalers calamine
paracetamol ibuprofen melatonin fluoxetine sertraline methylphenidate antenatal postnatal perinatal neonatal midwifery breastfeeding
weaning teething nappies nappy buggy pushchair cot colic reflux eczema asthma epipen hypo hyper bruising bruise bruised bruises burn
burns scald scalds swelling wrist forearm shin abrasion abrasions grazed graze grazes laceration handprint petechiae
unkempt bedwetting soiling smearing stimming masking meltdown meltdowns overdose overdosed ligature ligatures self harm harming
cannabis weed spice ketamine cocaine heroin crack vape vapes vaping alcohol intoxicated sober methadone naloxone
grooming groomed trafficked trafficking exploitation exploiters cuckooing cuckooed county lines radicalisation extremism online sexting
snapchat nudes screenshot screenshots livestream gaming texted texting phoned emailed whatsapped messaged
perpetrator perpetrators domestic coercive controlling stalking harassment molestation occupation injunction undertaking
conference conferences review reviews chronology genogram ecomap timeline scribe minutes attendee attendees apologies agenda
signposted signposting referral referrals referred reopened closed triaged stepdown stepped thresholds threshold escalation escalated
unborn prebirth sibling siblings half step foster fostered fostering adopted adoption adoptive kinship guardianship guardian
placement placements respite contact contacts handover handovers supervised unsupervised overnight overnights
tenancy tenancies landlord landlords lodger lodgers arrears eviction evicted rehoused hostel refuge refuges homeless sofa
benefits sanctioned foodbank foodbanks voucher vouchers bursary payslip payslips overdraft
attendance absences unauthorised authorised lateness truancy suspended suspension excluded exclusion detention detentions timetable
pastoral tutor registration assembly lunchtime playtime playground classroom classmates schoolwork homework worksheet gcse
phonics numeracy literacy lesson lessons trainers uniform lunchbox packed swimming netball football rugby cricket boxing
playroom stairs landing hallway bedroom bunk bunkbed duvet mattress kitchen fridge freezer kettle oven hob microwave letterbox
driveway bungalow maisonette caravan trailer campsite allotment allotments minibus workshop spanner padlock scooter moped
telephoned voicemail interpreter interpreted advocate advocacy solicitor barrister magistrate magistrates judge court courts bail
breach breached caution cautioned arrested charged convicted remand curfew tag tagged custody
fireman firefighter chiropodist podiatrist physio physiotherapy dietitian audiology orthodontist optometrist
handbags grassed grass snitch banister usher gurdwara mosque temple synagogue chapel vicar imam
adult adults child children teen teens teenager teenagers toddler toddlers infant newborn
jotting knackered poorly peaky mardy nesh bairn wean lad lass lads lasses mate mates bloke blokes fella fellas missus hubby
typed transcribed scanned photocopied redacted unredacted anonymised hypothetical cbt emdr
drop ins outs inset playscheme youth centre unit team hub panel board desk office clinic clinics surgery ward
reunification rehabilitation detox recovery sessions session worker workers caller callers attender attenders
sponsor sponsored shrapnel asylum seeker seekers refugee refugees visa passport passports
moses sip puff wheelchair fracture fractures fractured stroke dementia diabetic diabetes epilepsy autism autistic
downstairs upstairs afterwards towards amongst whilst learnt spoilt burnt leant dreamt smelt spelt mould colour colours neighbour neighbours
neighbourly organise organised organisation organisations realise realised apologise apologised apologising recognise recognised
emphasise emphasised minimise minimised prioritise prioritised hospitalised traumatised behaviour behaviours favourite humour labour
practise practised licence offence offences defence counselling counsellor counsellors counselled travelled travelling cancelled
labelled modelled marvellous jewellery tyres kerb pyjamas grey cheque programme programmes metre metres litre litres centre centres
theatre fibre paediatric paediatrician paediatricians gynaecology orthopaedic haemoglobin anaesthetic oestrogen diarrhoea foetal foetus
landline landlines ombudsman deinfibulated carer carers yard dog dogs cat cats rabbit hamster budgie goldfish pony)"},
    {word::english | word::abbreviation,
     R"(dsl ddsl dslt dpo mash mask marf marac maracs mappa lado iro lac cla cin cp cpp icpc rcpc tac taf tam cafcass camhs cahms cypmhs
sen send senco sendco sendcos ehcp ehc iep ep ewo eho esw tas hlta slt smt sltm smsc pshe rshe ks sats sat eyfs nvq btec gcses
la las ofsted kcsie dfe nspcc barnardos rspca nhs icb ics gp gps a&e ae ed mau picu nicu scbu itu hdu ot ots pt opd ent
hv hvs sw sws ssw aht dht ht hoy hod nqt ect tlr mso idva isva iava dva dv da ipv dash cse ccse cce csa fgm hbv hba fm
nrpf nee neet eet ncc lscb lscp scp sab cqc hmcts cps yjs yot yos yoi hmp hmyoi pru ap apc ppo hmi hmrc dwp uc esa pip dla jsa
mgm mgf pgm pgf mggm pggm mgps pgps ph pa pas fs fso fsw ftm rtm cic edd lmp dob doa dod bmi bp hr tpr id ids ref refs
yp yps yw cyp cypf sgo sgos ica pwp cmht crht mha mca dols lps lpa ro rn rmn rgn hca hcp nneb nnebs rfr rag smart
uk gb eu usa us uae ni pm am bst gmt tv dvd cd pc pcs pdf cctv dna hiv std sti stis tb adhd add asd asc odd pda ocd ptsd eupd bpd
oap mot pcn pcns nip ncdv nmo nmos csp ccso pcso pcsos qc kc jp jps mp mps mep cllr ceo cio cto hq hr ict it
sms mms url urn upn nino uprn vrm vat ltd plc cic co inc sar sars dsar foi foia gdpr dpa ico ig dpia
ne nw se sw sos ymca ywca raf tac acas rsl mapa cpi ppe lft pcr bcg mmr hpv iud lnmp bd tds prn po mg ml kg cm mm km
cat dog section s17 s47 s20 s31 s16la art para no nos num nr tel mob fax ext email e-mail www http https com org net gov)"},
    // Shorthand of notes written by hand: history, patient, weekly, room, appointment.
    {word::english | word::abbreviation,
     R"(yr yrs hx pmh fhx shx tx rx fx sx dx ddx ix pts px wkly fwkly mthly wkend wkends appt appts appl mtg mtgs esp cont contd adv advd rms ebf epds bdi
nbv dna dnas rvw tcf tct tcs adl adls cpn oocd ooh obs sats resp meds pharm neg poss prob prev
pnc pncid pncids vrn voi misper mispers incl excl excld info infos sched govt dept depts asst mgr coord recd resus cpr gcs oe nad nbm qds bds ods ttos tto dtoc addr)"},
    {word::english, "postie postman checklist checklists annexe annexes walkin samosa samosas bby lates handset handsets fireguard fireguards stairgate stairgates"},
    // Medicines that stand in case notes.
    {word::english,
     R"(metformin ramipril amlodipine atorvastatin simvastatin lansoprazole bisoprolol levothyroxine gabapentin pregabalin mirtazapine amitriptyline propranolol quetiapine aripiprazole haloperidol lorazepam
temazepam promethazine cetirizine loratadine prednisolone amoxicillin flucloxacillin penicillin erythromycin clarithromycin doxycycline trimethoprim nitrofurantoin naproxen diclofenac dihydrocodeine oramorph
fentanyl buprenorphine subutex naltrexone disulfiram acamprosate novorapid lantus gliclazide warfarin apixaban rivaroxaban clopidogrel aspirin furosemide digoxin salmeterol montelukast fostair seretide clenil
symbicort atomoxetine lisdexamfetamine elvanse guanfacine medikinet equasym circadin levetiracetam keppra lamotrigine valproate epilim carbamazepine tegretol topiramate clobazam midazolam rifampicin
isoniazid depo nexplanon microgynon triage triaged baba)"},
    // The same of relations: sibling, daughter, father.
    {word::english | word::abbreviation | word::kin, "sib sibs dtr dtrs fa gsn gdtr stepda"},
    {word::female, "dtr gdtr"},
    {word::male, "fa gsn"},
    // Titles.
    {word::english | word::title, "mr mrs ms miss mx messrs sir madam madame mme lord lady dame rev revd reverend fr pastor imam rabbi sheikh pandit pani pan "
                                  "senor senora herr frau hajji haji ustad bibi"},
    {word::title | word::male, "mr sir lord messrs herr senor pan"},
    {word::title | word::female, "mrs ms miss madam madame mme lady dame pani frau senora"},
    {word::english | word::title | word::kin,
     "auntie aunty aunt uncle auntiji nan nana nanny nanna gran granny grandma grandad granddad grandpa grandfather grandmother grampy "
     "bampy cousin tanti tante tata babcia dziadek nain taid mamgu tadcu bibi biji daadi nani dada dadi abuela abuelo oma opa"},
    {word::female, "auntie aunty aunt nan nana nanny nanna gran granny grandma grandmother babcia nain mamgu nani dadi abuela oma tante"},
    {word::male, "uncle grandad granddad grandpa grandfather grampy bampy dziadek taid tadcu dada abuelo opa"},
    {word::english | word::title | word::work_title,
     "dr doctor prof professor ds di dc dci dcs pc wpc sgt sergeant insp supt inspector constable superintendent detective nurse matron sister "
     "judge justice hhj recorder cllr councillor paramedic officer midwife coroner commander chief registrar"},
    // Private relations.
    {word::english | word::kin,
     R"(mother mothers father fathers parent parents mum mums mam mams mom dad dads daddy mummy brother brothers sister sisters sibling siblings son sons daughter daughters
husband wife partner partners ex boyfriend boyfriends girlfriend girlfriends fiance fiancee spouse widow widower lodger lodgers tenant landlord landlady
stepmother stepfather stepmum stepdad stepbrother stepsister stepson stepdaughter stepchild stepparent godmother godfather godparent
aunt uncle auntie cousin cousins nephew niece grandmother grandfather grandparent grandparents gran grandad granddad grandma nan nana grandson granddaughter
friend friends mate mates neighbour neighbours neighbor flatmate housemate roommate classmate classmates boyfriends bestie bf gf
mgm mgf pgm pgf fella bloke chap lad lass boy girl man woman lady gentleman guy kid toddler baby twin twins triplet triplets
owner shopkeeper passenger customer victim witness bystander stranger dealer trafficker abuser perpetrator suspect attacker
sponsor mamma ammi abbu relative relatives inlaw associate acquaintance ringleader groomer landlady occupant resident)"},
    {word::female, "mother mothers mum mums mam mom mummy sister sisters daughter daughters wife girlfriend girlfriends fiancee widow stepmother stepmum stepsister stepdaughter "
                   "godmother niece granddaughter landlady lass girl woman lady mgm pgm she her"},
    {word::male, "father fathers dad dads daddy brother brothers son sons husband boyfriend boyfriends fiance widower stepfather stepdad stepbrother stepson godfather nephew "
                 "grandson lad boy man gentleman guy bloke chap fella landlord mgf pgf he his him"},
    // Professional parts.
    {word::english | word::role,
     R"(worker workers sw ssw dsl ddsl teacher teachers headteacher head deputy tutor lecturer ta tas assistant assistants senco sendco ewo welfare mentor mentors
midwife midwives nurse nurses doctor doctors gp gps hv hvs visitor visitors psychologist psychiatrist paediatrician consultant registrar therapist counsellor
practitioner practitioners clinician physiotherapist audiologist pharmacist dentist surgeon paramedic matron
officer officers police constable sergeant inspector detective pcso probation solicitor barrister advocate guardian cafcass judge magistrate coroner clerk
chair chairperson minutes minute-taker manager managers supervisor coordinator co-ordinator lead leads director ceo governor governors caretaker receptionist secretary
idva isva iva iro lado rep representative reporter author reviewer reviewing independent escort chaperone interpreter translator
mash camhs cafcass nspcc police-officer ot slt ed-psych eho warden wardens housing caseworker keyworker key volunteer librarian coach
professional professionals colleague colleagues staff referrer allocated named designated student locum hca rgn rmn rnld rscn rscphn cpn cetr rsw qsw hcpc frcpch mrcgp mrcpsych frcpsych frcs cpsych cpn pcso
facilitator facilitators keyworkers invigilator minute-taker minutetaker matrons sonographer anaesthetist obstetrician gynaecologist neurologist dermatologist hygienist
dietician dietitian optometrist optician podiatrist chiropractor osteopath radiographer phlebotomist prosecutor barristers solicitors counsel paralegal actuary auditor
investigator analyst detectives sergeants inspectors superintendent commander dispatcher signatory verger chaplain cleric bursar registrar examiner lecturer principal
headmaster headmistress housemaster housemistress caterer bailiff intermediary appropriate-adult interviewer interviewers assessor assessors lsa lsas)"},
    {word::english | word::greeting, "dear hi hello hey hiya morning afternoon thanks thankyou cheers regards sincerely faithfully wishes yours kind warm signed"},
    // What persons do.
    {word::english | word::speaks | word::finite,
     R"(said says told tells asked asks replied replies answered answers rang rings phoned phones texted texts called calls emailed emails wrote writes
spoke speaks shouted shouts screamed cried cries laughed laughs whispered mentioned mentions explained explains described describes reported reports
confirmed confirms denied denies admitted admits agreed agrees disagreed refused refuses insisted insists complained complains apologised apologises
thinks thought believes believed feels felt knows knew wants wanted wishes hopes hoped fears feared remembers remembered loves loved hates hated likes liked
disclosed discloses informed informs noted notes stated states added adds suggested suggests promised threatened threatens warned warns thanked thanks
nodded smiled winked shrugged sobbed yelled swore begged)"},
    {word::english | word::finite,
     R"(is was has had does did gets got goes went comes came takes took gives gave makes made sees saw lives lived stays stayed works worked
runs ran sits sat stands stood drives drove walks walked moved moves left leaves lost loses found finds keeps kept brings brought buys bought
uses used visits visited attends attended collects collected drops dropped picks picked meets met sleeps slept eats ate drinks drank
hit hits hurt hurts pushed pushes kicked kicks grabbed grabs slapped punched pulled held holds threw throws locked locks watched watches heard hears
helped helps tried tries started starts stopped stops needs needed seems seemed looks looked appears appeared remains remained
turned turns opened opens closed carried carries showed shows paid pays sold sells died dies joined joins signed signs
wouldnt couldnt didnt doesnt isnt wasnt wont hasnt hadnt wouldn couldn didn doesn isn wasn hasn hadn
smells smelt arrived arrives returned returns waited waits played plays hid hides fell falls grew sleeps sends sent supports supported objects objected)"},
    {word::english | word::bare_verb,
     R"(be have do get go come take give make see live stay work run sit stand drive walk move leave lose find keep bring buy use visit attend collect drop pick meet
sleep eat drink hit hurt push kick grab pull hold throw lock watch hear help try start stop need seem look appear remain turn open close carry show pay sell die join sign
say tell ask reply answer ring phone text call email write speak shout cry explain describe report confirm deny admit agree refuse insist think believe feel know want
not never also only always still now then soon probably continue record contact discuss follow chase arrange update review refer check send inform share consider
ensure offer support monitor escalate apply complete provide receive travel alert take need require help happen)"},
    {word::english | word::modal,
     "we they you i would could should might must can to will shall may cannot who that which it there what wont don cant do does did let lets please"},
    {word::english | word::determiner,
     "a an the no this that these those each every any some another one little small big large red blue black visible faint grace poor"},
    {word::english | word::possessive, "his her their my our your its whose"},
    {word::english | word::where, "in at near outside into around across towards toward through between via opposite behind beside inside to from of off on"},
    {word::english | word::whom,
     "with told asked rang phoned met saw by tell ask ring phone meet see thanks thank dear spoke contacted contact invited invite helped hit and blames blamed "
     "named against about for between for than like loves love hates hate left knew know knows visit visited visiting seeing meeting contacting telling asking"},
    {word::english | word::naming, "called named nicknamed aka alias known name nickname names"},
    // Dates.
    {word::english | word::month,
     "january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec"},
    {word::english | word::weekday,
     R"(monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays mon tue tues wed weds thu thur thurs fri sat sun
easter christmas xmas ramadan eid diwali hanukkah passover lent halloween bonfire whitsun michaelmas vaisakhi boxing)"},
    {word::particle,
     "al el ul ur bin bint ibn abu umm ben van von der den de da do dos das del della di la le du ni nic mac mc ap ab ferch o ter ten st"},
    // Labels of our own.
    {word::english | word::label,
     R"(mother father parent carer sibling brother sister son daughter child grandchild husband wife partner relative lodger maternal paternal grandmother grandfather
grandparent aunt uncle cousin nephew niece stepmother stepfather stepbrother stepsister half step foster carer adult adults person neighbour friend social worker health visitor teacher
professional subject guardian officer midwife school address date age day town phone mail number reference vehicle account place organisation detail
body reviewing education welfare head key youth manager nurse doctor police solicitor advocate counsellor interpreter ex great adoptive
colleague landlord employer boyfriend girlfriend fiance fiancee contact link handle postcode years months under over or secret hidden amount name link nhs e mail to body)"},
    {word::english | word::secrecy, "confidence confidentially attributed anonymous anonymously anonymity named identified mention mentioned say tell know knowing reprisal reprisals"},
    // What a name in front of it belongs to.
    {word::english | word::thing,
     R"(group groups clinic wing room rooms tree trees road street house home hall hostel hotel centre park school college surgery hospital ward unit family household
period pad spanner pins gun machine test tests term terms holiday holidays camp club project programme team class classes form forms award cup day days week
bush bushes petals garden gardens cottage farm lane close court estate shop store cafe bar pub team fund trust report review inquiry enquiry act bill principle principles
badge eagle noise white station entrance corridor table lamp cushion lily light board box card cards band book books)"},
    {word::english | word::organisation,
     R"(school schools academy college university nursery preschool playgroup sixth infants juniors primary secondary grammar high
hospital surgery clinic hospice practice pharmacy infirmary maternity church chapel mosque temple gurdwara synagogue parish
council trust nhs authority department ministry agency charity foundation association society federation union committee
centre center club hostel refuge hotel pub bar cafe restaurant shop store supermarket garage salon bakery factory warehouse
ltd limited plc llp company group services service solutions kitchens kitchen tiles freight haulage hire cars taxis motors builders roofing logistics care cleaning
house prison hmp station barracks library museum theatre gazette news newspaper times herald advertiser courier echo
welcome project partnership network alliance)"},
    {word::english | word::street,
     R"(road rd street st avenue ave lane ln close drive crescent cres terrace place way court ct gardens gdns grove square sq mews walk rise hill view row parade park
green yard wharf quay mill hythe mount vale bank end path passage alley wynd gate bridge embankment broadway common corner crossroads heights meadow meadows
orchard field fields croft drove causeway strand esplanade promenade circus estate villas cottages mansions house flat flats apartment unit plot)"},
    {word::english | word::works, "works worked working job employed employer shift shifts manages runs ran owns owned treasurer"},
    // Conditions that may single a person out.
    {word::english | word::health,
     R"(alzheimer alzheimers huntington huntingtons parkinson parkinsons dementia epilepsy epileptic diabetes diabetic asthma asthmatic autism autistic adhd schizophrenia
schizophrenic bipolar psychosis psychotic anorexia bulimia cancer leukaemia hiv aids hepatitis cerebral palsy downs dyslexia dyslexic dyspraxia tourette tourettes
deaf blind wheelchair pregnant pregnancy termination miscarriage stillbirth gay lesbian bisexual transgender trans queer sickle thalassaemia cystic fibrosis)"},
    // Nationality, language, faith, ethnic group.
    {word::english | word::people,
     R"(english british scottish irish welsh cornish polish pole poles romanian bulgarian lithuanian latvian estonian ukrainian russian slovak czech hungarian serbian
croatian bosnian albanian kosovan macedonian greek turkish cypriot italian sicilian spanish portuguese french german dutch belgian swedish norwegian danish finnish
american canadian mexican brazilian colombian argentinian chilean jamaican barbadian trinidadian caribbean guyanese bajan
african nigerian yoruba igbo hausa ghanaian akan twi kenyan kikuyu ugandan tanzanian swahili zimbabwean shona ndebele zambian malawian south sudanese ethiopian amharic
eritrean tigrinya somali somalian congolese rwandan cameroonian gambian senegalese wolof mandinka fula guinean sierra leonean liberian ivorian malian
moroccan algerian tunisian libyan egyptian arab arabic kurdish kurd iraqi iranian persian farsi afghan pashto dari syrian lebanese palestinian jordanian yemeni saudi
kuwaiti israeli hebrew jewish jew asian pakistani urdu punjabi pashtun mirpuri indian hindi gujarati bengali bangladeshi sylheti tamil sinhala sri lankan nepalese nepali
chinese mandarin cantonese japanese korean vietnamese thai filipino tagalog malay malaysian indonesian burmese rohingya tibetan mongolian australian
roma romany gypsy traveller travellers sinti showman christian christians muslim muslims islam islamic hindu hindus hinduism sikh sikhs buddhist catholic catholics
protestant anglican methodist baptist pentecostal evangelical orthodox quaker mormon jehovah rastafarian humanist atheist european westerner taliban gurkha gurkhas)"},
    // Places.
    {word::place,
     R"(england scotland wales ireland britain kingdom ulster europe africa asia america australia canada india pakistan bangladesh china japan korea vietnam
thailand nepal afghanistan iran iraq syria lebanon turkey greece italy spain portugal france germany holland netherlands belgium poland romania bulgaria hungary
lithuania latvia estonia ukraine russia slovakia albania kosovo serbia croatia bosnia cyprus malta morocco algeria tunisia libya egypt sudan ethiopia
eritrea somalia somaliland kenya uganda tanzania zimbabwe zambia malawi nigeria ghana cameroon congo rwanda gambia senegal guinea liberia jamaica trinidad tobago
barbados guyana brazil colombia mexico philippines indonesia malaysia singapore guangxi guangdong fujian punjab gujarat kashmir sylhet mirpur kerala bengal
london birmingham manchester liverpool leeds sheffield bristol nottingham leicester coventry bradford cardiff swansea newport belfast derry edinburgh glasgow aberdeen
dundee inverness stirling perth newcastle sunderland gateshead durham middlesbrough hartlepool darlington york hull lincoln grimsby doncaster rotherham barnsley
huddersfield halifax wakefield oldham rochdale bolton bury wigan salford stockport preston blackpool blackburn burnley lancaster carlisle chester crewe warrington
stoke stafford wolverhampton walsall dudley telford shrewsbury hereford worcester gloucester cheltenham oxford swindon reading slough windsor bath wells exeter plymouth
torquay truro penzance bournemouth poole southampton portsmouth winchester basingstoke guildford woking crawley brighton hove worthing hastings eastbourne lewes
luton bedford cambridge peterborough northampton norwich ipswich colchester chelmsford southend basildon harlow stevenage watford hertford
kent medway ashford canterbury dartford dover folkestone hythe gravesend gravesham maidstone sevenoaks swale sittingbourne faversham thanet margate ramsgate broadstairs
tonbridge tenterden whitstable herne deal sandwich sheerness sheppey chatham gillingham rochester rainham strood tunbridge malling edenbridge cranbrook
surrey sussex essex suffolk norfolk hampshire dorset devon cornwall somerset wiltshire berkshire oxfordshire buckinghamshire hertfordshire bedfordshire cambridgeshire
lincolnshire nottinghamshire derbyshire leicestershire warwickshire staffordshire cheshire lancashire yorkshire cumbria northumberland shropshire herefordshire
worcestershire gloucestershire rutland northamptonshire merseyside tyneside teesside midlands
croydon bromley lewisham greenwich bexley deptford peckham brixton hackney islington camden barnet enfield haringey tottenham newham stratford barking dagenham redbridge
havering romford hounslow ealing hillingdon harrow brent kingston richmond merton wandsworth lambeth southwark westminster kensington chelsea fulham hammersmith
dublin cork galway limerick sligo mayo kerry donegal waterford kilkenny wexford llanelli aberystwyth bangor wrexham caernarfon gwynedd powys ceredigion dyfed carmarthen
pembroke conwy anglesey rhyl barry pontypridd merthyr neath bridgend caerphilly
warsaw krakow gdansk bucharest sofia vilnius riga kyiv moscow paris berlin rome madrid lisbon athens istanbul ankara damascus aleppo baghdad tehran kabul karachi lahore
islamabad delhi mumbai jalandhar amritsar dhaka kathmandu beijing shanghai hanoi bangkok manila lagos abuja accra nairobi kampala harare bulawayo lusaka mogadishu hargeisa
kosice bratislava brno prague ostrava miskolc debrecen erbil sulaymaniyah halabja kirkuk mosul basra raqqa batticaloa jaffna colombo kumasi tamale ibadan enugu asaba mutare gweru keren gondar
kinshasa bujumbura pokhara chitwan multan rawalpindi peshawar faisalabad ludhiana ahmedabad vadodara chennai madurai jaffna guangzhou fuzhou haiphong cebu davao cluj timisoara constanta plovdiv 
kaunas klaipeda daugavpils lviv odesa kharkiv szczecin lublin lodz poznan wroclaw katowice shkoder durres gatwick heathrow stansted minster aylesham hadlow snodland 
addis asmara khartoum cairo tripoli freetown conakry dakar banjul kinshasa kingston york chicago toronto sydney melbourne)"},
    // Products, apps, cars.
    {word::english | word::brand,
     R"(snapchat whatsapp instagram facebook messenger tiktok telegram discord twitter youtube skype zoom teams google gmail hotmail outlook yahoo icloud android iphone ipad
samsung nokia huawei apple microsoft windows xbox playstation nintendo roblox minecraft fortnite netflix spotify uber deliveroo ebay vinted gumtree amazon paypal monzo
barclays lloyds natwest hsbc santander halifax nationwide tesco asda sainsburys sainsbury morrisons aldi lidl waitrose iceland boots superdrug primark argos wilko ikea greggs
mcdonalds kfc nandos costa starbucks subway audi bmw mercedes volkswagen vw golf polo passat ford fiesta focus mondeo transit escort vauxhall corsa astra zafira vectra insignia
nissan qashqai micra juke toyota yaris honda civic hyundai kia peugeot renault clio megane citroen fiat seat skoda octavia volvo mini rover jaguar mazda suzuki lexus tesla
ventolin calpol nurofen ritalin concerta prozac strattera ofsted cafcass barnardo childline samaritans mind relate womens macmillan marie stopes
prevent operation encompass sanskrit latin velcro lego barbie disney pokemon
vivaro ibiza alhambra arosa kodiaq karoq tiguan touareg scirocco meriva mokka movano
grandland kuga smax cmax bmax tourneo cortina captur kangoo trafic twingo kadjar koleos
berlingo picasso saxo xsara aygo auris avensis prius hilux celica vitara ignis crv ceed sportage
sorento tucson getz punto doblo ducato navara almera primera
sandero mokka hiace lancia saab daewoo matiz chevrolet cherokee freelander evoque
abidec dalivit calprofen piriton dettol sudocrem bonjela gaviscon infacol lactulose movicol sertraline citalopram zopiclone diazepam tramadol codeine morphine omeprazole salbutamol
adidas reebok umbro crocs levis jdsports sportsdirect peppa teletubbies pingu stormzy beyonce eminem
depop shein temu grindr yubo bereal onlyfans kik wickr twitch cluedo scrabble jenga duplo playmobil)"},
    // Given names. Many traditions, so that a name tradition is not left to chance; a name that is also a word is an English word as well.
    {word::given_name | word::female,
     R"(abigail ada adaeze adele agnes agnieszka aisha aleksandra alexandra alice alicia alina alison amelia amina aminata amira amy ana anastasia andrea angela anita ann anna anne annie anya aoife april
asha ashleigh asma audrey ava ayesha ayan barbara beatrice beata becky bella bernadette beth bethan bethany betty beverley bianca bozena bridget bridie britney bronwen bronagh carla carly carol caroline catherine cathy ceri cerys
chantelle charlotte chelsea chiamaka chidinma chioma chloe christina christine ciara cindy claire clara clare claudia colette courtney daisy dana danielle danuta dawn deborah debbie debs deirdre denise diana diane dina donna doreen doris dorota dorothy
ebony edith efua eileen eilidh eira elaine eleanor elena eleri elin elizabeth ella ellen ellie eloise elsie eluned emilia emily emma erin esi esther eva evelyn ewa fatima fatou fatoumata faith farah farrah femke ffion fiona florence folake frances francesca freya
gabriela gail gemma georgia georgina geraldine gill gillian gina gladys glenda gloria grace grazyna gwen gwenllian gwyneth habiba hadiza halima halina hana hannah harpreet harriet hayley hazel heather heidi helen helena henrietta hilary hina hodan holly hope ibtisam ifeoma imogen ines ingrid
irena irene iris isabel isabella isla isobel ivana ivy iwona jackie jade jane janet janice jasmine jaswinder jaz jean jemima jennifer jenny jess jessica jill jo joan joanna joanne jodie josephine joy joyce judith judy julia julie june justine kadiatou kadija karen kasia katarzyna kate katherine kathleen kathryn katie katy kayla kayleigh keeley keira kelly kelsey kerry khadija kiera kim kimberley kinga kirsty
krystyna kylie lakeisha lara latoya laura lauren layla leah leanne lena leona leonie lesley letitia lexi lily lin lina linda lindiwe lindsay lisa liz liza lizzie lola lorna lorraine louise lowri lucia lucy luisa lydia lynn lynne maeve maggie magda magdalena mair maire mairead malgorzata manjit marcia margaret maria mariam mariama marian marie marina marion marta martha mary maryam maureen maya meera megan mehwish mei mel melanie melissa mercy mia michaela michelle millie milena mina minnie miriam moira molly mona monica monika morag muriel
nadia nafisa naima nancy naomi nasreen natalia natalie natasha nia niamh nicola nicole nina noor nora noreen norma nuala nura oksana olga olive olivia olwen orla paige pamela patience patricia paula pauline pearl peggy penelope penny petra philippa phoebe phyllis pippa polly poppy precious preeti priscilla priya rachel raisa rania rebecca renata rhian rhiannon rita roberta robyn roisin rosa rosalind rose rosemary rosie roxanne ruby rudo rukhsana ruth sabina sabrina sade sadhbh sadia safiya sally salma samantha samira sandra sara sarah sasha saoirse scarlett selina serena shannon shanelle shanice sharon shauna shaz sheila shelley sherry shirin shirley shona siobhan sian simone sinead sioned sive skye sofia sonia sophia sophie stacey stella stephanie sue summer sukhdeep sunita susan suzanne sylvia tabitha tamara tanya tara tasha temperance teresa tess thelma theresa tia tiffany tina toni tracey tracy trudy una ursula valerie vanessa vera veronica vicky victoria violet virginia vivian wanda wendy whitney winifred xinyi yasmin yetunde yolanda yvette yvonne zahra zainab zara zaynab zeinab zofia zoe zuzanna zuzia)"},
    {word::given_name | word::male,
     R"(aaron abdi abdul abdullah abdulrahman abel abraham adam adeyemi adil adrian ahmad ahmed aidan ajay alan alastair albert aled alejandro alessandro alex alexander alfie alfred ali alistair allan allen alun amir amit anand andre andreas andrei andrew andrzej andy aneurin angus anil anthony anton antonio arash archie arjun armaan arnold arron arthur arun asad asif aslan ashley austin ayaan aziz
babatunde barnaby barney barry bartek bartosz bashir bassam ben benedict benjamin bernard bilal bill billy blake bob bobby boris boyd brad bradley brandon brendan brett brian bruce bruno bryan bryn byron caleb callum calum cameron carl carlos casey cedric chad charles charlie chen chidi chris christian christopher chukwuemeka cian ciaran clarence claude clifford clive cody colin colm conor connor conrad cormac craig curtis cyril
dafydd dai daljit damian damien dan daniel danny darius darnell darragh darren dave david dawid dean declan denis dennis derek desmond dewi diarmuid dillon dom dominic dominik don donald donnell dorian doug douglas drew duncan dwayne dylan eamon ed eddie edgar edmund edward edwin efe eifion eli elias elijah elliot elliott elvis emeka emil emlyn emmanuel emrys eric erik ernest ethan euan eugene evan ewan ezra
faisal farhan farid felix femi ferdinand fergus fernando filip finlay finn francis francie frank franklin fraser fred freddie frederick gabriel gareth garry gary gavin gene geoff geoffrey george gerald gerard geraint gethin gilbert giles giovanni glen glenn glyn gordon graham grant greg gregory grzegorz guled gurpreet guy gwilym gwyn hamid hamza hani hari harold harry harvey hassan hasan hector henry herbert hugh hugo humphrey hussein hussain huw hywel iain ian ibrahim ibrahima idris ifan igor imran ioan ismail isaac isaiah ivan ivor iwan
jack jackson jacob jacek jake jakub jamal james jamie jan jared jarek jason jasper javed jay jayden jed jeff jeffrey jeremiah jeremy jermaine jerome jerry jesse jim jimmy joe joel john johnny jon jonah jonathan jordan jorge jose joseph josh joshua juan jude julian julius junaid justin kacper kai kamal kamil kane karl karol kareem karim keir keith kelvin ken kendrick kenneth kenny kevin khalid khalil kian kieran kit krzysztof kurt kwabena kwaku kwame kwesi kyle
lamar lance larry laurence lawrence lee lenny leo leon leonard leroy leslie levi lewis lewys liam lijah lloyd logan lorenzo louie louis luca lucas luis luka lukas lukasz luke macsen mahmoud malachy malcolm malik manuel marcin marco marcus mario marius mark marlon martin martyn marvin mason mateusz matthew maurice max maxwell mehmet mehdi michael michal mick miguel mikael mike mikolaj milan miles mitchell mo mohamed mohammad mohammed morgan moses mohsin muhammad muhammed murray mustafa myles
naeem nasir nathan nathaniel navid neil nelson niall nicholas nick nigel nikhil nikolai noah noel norman obinna oisin olek oliver ollie olu oluwaseun omar omari oscar osian osman otis owain owen pablo paddy padraig parveen patrick patryk paul pavel pawel pedro percy perry pete peter phil philip phillip pierre piotr przemek qasim quentin rafal rafael rahim raj rajesh ralph ramon randy raphael rashid rasheed raul ravi ravinder ray raymond reece reggie reginald reuben rhodri rhys ricardo richard rick ricky riley rizwan rob robbie robert roberto robin rocco roderick rodney roger rohan roland roman ron ronald ronan ronnie rory ross rowan roy rupert rufus russell ryan
saeed said salim salman sam sami samuel sanjay saul scott seamus sean sebastian sefton selwyn seth shane shaun shawn sid sidney silas simon slawomir solomon spencer stan stanislaw stanley stefan stephen ste steve steven stewart stuart suleiman sunil suraj szymon tadeusz tadhg tahir taio tariq tarik tayo taylor ted tendai terence terry thabo theo theodore thomas tim timothy toby todd tom tomasz tomek tommy tony trevor tristan troy tunde tyler tyrone tyson umar usman vernon victor vijay vikram vincent vince vishal vladimir wahid wally walter warren wayne wei wesley wiktor will willem william wilfred winston wojciech xavier yasin yusuf youssef yousef zac zach zachary zafar zain zak zayn zeeshan zhang ziad)"},
    {word::given_name,
     R"(addison alexis angel ariel avery bailey blessing brooklyn cassidy chris corey dakota darcy destiny devon eden ellis emerson finley frankie glory hayden jackie jamie jesse jody jules kendall kerry kiran kofi lei li ling leslie marley mandeep morgan na nana nico noor parker pat payton peyton phoenix precious quinn ranjit reese rene river robin rowan rory sam sandeep sasha shay sidney skyler sky stevie sukhi tanner taylor terry toni val wei wen yi yu yan ya fatou adama awa ama abena adjoa adwoa akosua akua amma yaa afia ngozi nneka nkechi ada uche obi ify kemi bola bisi shola tolu tobi temi dayo ade
ayo tinashe tatenda tafadzwa farai chipo rutendo nyasha themba sipho nomsa thandi zanele bongani biniam hirut selam yonas tesfaye mulu saba hodan ifrah sahra hibo fadumo khadra asad abdirahman ayaan warsame guled liban)"},
    // Given as names in these islands, and nearly all of them words first.
    {word::given_name,
     R"(willow star storm crystal amber jade harmony melody heather hazel ivy fern bryony clover blossom honey cherry ginger sandy misty hunter archer carter cooper
mason harper piper parker ryder brook heath reed rusty buddy duke earl reign blaze raven wren phoenix river basil sage saffron juniper jasper opal onyx diamond ivory
sienna indigo lavender perpetual beauty gift angel sultan dove mercedes chanel skyler storm fleur bluebell)"},
    // Virtues and blessings that are given as names in West and Southern Africa, the Caribbean and chapels: nearly all are words as well.
    {word::given_name,
     R"(promise success innocent privilege gift memory rejoice trinity comfort mercy prosper fortune talent lovemore givemore learnmore wisdom knowledge
beauty princess prince favour marvellous miracle happiness lucky loveness charity goodluck godwin godknows trymore goodwill purity queen genesis
nevaeh serenity verity felicity constance thankgod justina)"},
};

const std::size_t word_list_count = sizeof word_lists / sizeof word_lists[0];

const char* const nickname_groups = R"(
abigail abby abbie gail
adam adam ad
agnieszka aga agusia
alan al
albert bert bertie al
aleksander alek olek
aleksandra ola olenka
alexander alex alec sandy al xander lex
alexandra alex alexa sandra sandy lexi lexie
alfred alf alfie fred
alison ali allie ally
amanda mandy
andrew andy drew
andrzej andrzejek
angela angie ange
ann anne annie anna nan nancy
anna ania anka
anthony tony ant
antonina tosia
arthur art artie
barbara barb barbie babs basia
bartholomew bart
bartosz bartek
beatrice bea bee trixie
benjamin ben benny benji
bernard bernie
beverley bev
bozena bozenka
bridget biddy bridie brid bridey
britannia brit britt
brittany brit britt
cameron cam
caroline carol caz caro carrie
catherine katherine kathryn cath cathy kate katie kath kathy kat kitty katy
charles charlie chas chuck
charlotte charlie lottie char
chidinma chichi
christine chris chrissie tina
christina chris chrissie tina
christopher chris kit topher
clifford cliff
constance connie
cornelius con neil
cynthia cindy
dafydd dai daf
daniel dan danny
danielle dani danni
david dave davey dai
deborah deb debs debbie debbi
dennis den
desmond des
diana di
dominic dom
dominik domino
donald don donnie
dorothy dot dottie dolly
douglas doug
edward ed eddie ted ned teddy
eleanor ellie nell nellie nora
elijah eli lijah
elizabeth liz lizzie beth betty betsy eliza libby lisa bess bessie lizzy
ewa ewka ewunia
fatoumata fatou fatma
fatima fatou fati
florence flo florrie
frances fran frankie franny
francis frank fran francie frankie
frederick fred freddie freddy
gabriel gabe
gabrielle gabby gaby
geoffrey geoff
georgina georgie gina
gerald gerry ged
gerard gerry ged
gillian gill jill
gregory greg
grzegorz grzes
gurpreet gurp gurps preet
gwenllian gwen gwenni
gwendolyn gwen
halina halinka
hannah han
harold harry hal
harpreet preeti preet harp
harriet hattie harry
helen nell nellie
henry harry hal hank
herbert bert herb
hugh hughie
ibrahim ibby ibra
isabella bella izzy issy
isabel izzy issy bella
jacob jake
jacqueline jackie jacqui
jakub kuba
james jim jimmy jamie jem
jan janek jas
janet jan
janice jan
jasmine jaz jas jazzy
jennifer jen jenny jenna
jeremiah jerry jez
jeremy jez jerry
jessica jess jessie
joanna jo asia joasia
joanne jo joey
john jack johnny jon
jonathan jon jonny jono
jordan jord
joseph joe joey jo
josephine jo josie
joshua josh
judith judy jude
julia jules
julie jules
kacper kacperek
karolina karolinka
katarzyna kasia kaska
kenneth ken kenny
kimberley kim
krystyna krysia
krzysztof krzys
laura laurie lolly
lawrence larry laurie
leonard len lenny leo
leslie les
lewis lew
lillian lily lil
lorraine lol lorrie raine
louise lou
lucy lu luce
lukasz luki
magdalena magda
malcolm malc mal
malgorzata gosia malgosia
margaret maggie meg peggy marge margie madge greta daisy
maria marysia mary mia
mark marky
martin marty
mary molly polly may mamie
mateusz mati
matthew matt matty
maureen mo maureen
maxwell max
megan meg
melanie mel
melissa mel lissa
michael mick mike mickey mikey micky
michal michas
michelle shell chelle
mohammed mo mohd
natalie nat
natasha tash tasha
nathan nate nath
nathaniel nat nate
nicholas nick nicky
nicola nicky nic nikki
oliver ollie olly
olivia liv livvy ollie
oluwaseun seun
pamela pam
patricia pat patsy trish tricia patty
patrick pat paddy
paul paulie
penelope penny pen
peter pete
philip phil pip
philippa pip pippa
piotr piotrek
rachel rach rae
ravinder ravi
raymond ray
rebecca becky becca bex becs
reginald reg reggie
richard rick dick rich ricky richie
robert rob bob bobby robbie bert robby
roger rog
ronald ron ronnie
rosemary rose rosie
samantha sam sammy
samuel sam sammy
sandra sandy
sarah sally sal
sharon shaz shazza shaz
sebastian seb
sean shaun
siobhan shiv
sioned siw
sophie soph
stanislaw staszek stas
stanley stan
stephanie steph stevie
stephen steve stevie ste
steven steve stevie ste
stuart stu
sukhdeep sukhi
susan sue susie suzie
suzanne sue susie suzie
tadeusz tadek
terence terry tel
teresa terri tess tessa
theodore theo ted teddy
theresa terri tess tessa
thomas tom tommy
timothy tim timmy
tomasz tomek tomus
tracey trace tray
tyler ty
valerie val
victor vic
victoria vicky tori vik vicki
vincent vince vinny
walter wally walt
wiktor wiktorek
wilfred wilf fred
william bill billy will willie liam
winifred win winnie freda
wojciech wojtek
xinyi xin
zachary zac zach zak
zofia zosia
zuzanna zuzia zuza zuzka
)";

const char* const spelling_groups = R"(
mohammed muhammad mohamed mohammad muhammed mohamad muhamad mohamud mahomed
ahmed ahmad ahmet
abdul abdel abdal
abdullah abdallah abdulla
hussain hussein husain hossain hussien
hassan hasan hassen
zainab zaynab zeinab zaineb zenab zainub
aisha ayesha aysha aicha asha aishah
fatima fatimah fatma fathima
khadija khadijah kadija khadeeja
maryam mariam miriam meryem
yusuf yousef youssef yousuf yusef
ibrahim ebrahim ibraheem
tariq tarik tareq tarek
rahman rehman rahmaan
khan kahn
sheikh shaikh sheik
karim kareem
rashid rasheed
noor nur nour
ali aly
omar umar omer
usman osman uthman othman
bilal belal
qureshi koreshi quraishi
chaudhry chaudhary choudhury chowdhury chaudhri
singh sing
kaur cour
sandhu sandu
catherine katherine kathryn katharine cathryn
sarah sara
hannah hanna
leah lea
ann anne
stephen steven stephan
geoffrey jeffrey
philip phillip
alan allan allen alun
brian bryan
sean shaun shawn
neil neal niall
ian iain
stuart stewart
mark marc
nicholas nicolas
jonathan johnathan jonathon
katie katy
tracey tracy
stacey stacy
lesley leslie
jayne jane
siobhan shivaun
niamh neve
aoife eefa
caoimhe keeva
sadhbh sive
eoghan owen eoin
ciaran kieran kieron keiran
conor connor
aiden aidan
callum calum
rhys reece rees reese
huw hugh
sian shan
gareth garath
mcdonald macdonald
mcgregor macgregor
mackenzie mckenzie
o'connor connor
smith smyth smythe
clark clarke
brown browne
davies davis
philips phillips
thompson thomson tompson
johnston johnstone
read reid reed
white whyte
taylor tayler
morris maurice
kelly kelley
burke bourke
stephens stevens
olga olha
aleksandr alexander
natalia natalya nataliya
yulia julia
sergei sergey
dmitri dmitry dimitri
)";

}  // namespace gatehouse::redaction
