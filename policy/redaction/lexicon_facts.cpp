// Words that tell something about a person: work, illness, a record, what is one among many. With words/common.inc and words/rare.inc, both
// derived from SCOWL, they are the second set of what the lexicon knows.
#include "policy/redaction/lexicon.hpp"

namespace gatehouse::redaction {

namespace {

constexpr char common[] =
#include "policy/redaction/words/common.inc"
    ;
constexpr char rare[] =
#include "policy/redaction/words/rare.inc"
    ;

}  // namespace

const WordList trait_lists[] = {
    {0, common, trait::common},
    {0, rare, trait::rare},
    // Words of practice, of families and of the parts people play in a case: common here, whatever they are elsewhere.
    {0,
     R"(mother father parent parents mum dad mam nan gran grandmother grandfather stepfather stepmother stepdad stepmum sibling siblings brother sister son daughter baby toddler
infant child children boy girl teenager adolescent adult woman man lady person people pupil student young carer carers victim survivor witness partner boyfriend girlfriend
husband wife spouse friend friends neighbour neighbours flatmate housemate lodger tenant relative relatives uncle aunt cousin niece nephew guardian client patient resident
household family families school nursery college class classroom teacher teachers headteacher attendance lateness unkempt hungry tired worn anxious tearful withdrawn quiet
bruise bruises bruising bruised mark marks injury injuries hurt scratch bump cupboard wardrobe kitchen bedroom bathroom bath toilet stairs landing hallway sofa mattress
cot pram buggy fridge cooker washing laundry nappies bottle bottles milk food meals snack lunch breakfast dinner clothes coat shoes shirt trousers jumper uniform
trainers bag phone mobile messages texts photos pictures video videos internet online laptop tablet gaming shouting screaming swearing arguing fighting hitting slapping
pushing punching kicking pinching grabbing locked locking alcohol drinking drunk drugs cannabis smoking smoke vape vaping money debt debts arrears rent benefits tenancy
eviction housing flat house home hostel refuge landlord police officer officers arrest bail statement referral assessment consent worker social visit visits meeting
conference review plan plans safety concern concerns worry worries risk risks harm neglect neglected abuse abused disclosure supervision contact letter email call calls
tomorrow tonight yesterday weekend weekends evening evenings morning mornings overnight disclosed disclose withheld unsupervised supervised hospital clinic appointment
appointments tablets medicine asthma inhaler bereavement separated separation divorced divorce pregnant unborn boyfriends girlfriends scared frightened afraid worried
settled happy unhappy upset angry ashamed embarrassed lonely isolated chaotic dirty messy clean tidy cold damp mould crying cries cried sleeping sleeps asleep awake late
early absent missing truanting excluded suspended unwell poorly sick ill neighbourly fobbed knackered ambulance crew advice adviser panel consultation mediator mediation practitioner helpline volunteer mentor mentors)",
     trait::common},
    // What people do for a living, or hold as an office.
    {0,
     R"(accountant acrobat actor actress acupuncturist administrator aircrew alderman analyst anaesthetist announcer antiquarian apprentice archaeologist archbishop archdeacon archer architect archivist
artist astronaut astronomer athlete auctioneer auditor author baker bailiff ballerina banker barber barista barmaid barman barrister bartender basketmaker beautician beekeeper biochemist
biologist bishop blacksmith boatbuilder bodybuilder bodyguard bookbinder bookkeeper bookmaker bookseller botanist bouncer bowler boxer brewer bricklayer broadcaster broker builder butcher
butler buyer cabbie cameraman captain caretaker carpenter cartoonist cashier caterer ceramicist chaplain chauffeur chef chemist chiropodist chiropractor choreographer choirmaster chorister
cleaner clergyman clerk clown coachbuilder cobbler columnist comedian comic commando commentator composer conductor confectioner consul consultant cook cooper coroner correspondent councillor
counsellor courier cowboy craftsman crofter croupier curate curator cyclist dairyman dancer deacon dealer decorator deckhand dentist dermatologist designer detective developer dietician
dietitian diplomat director diver docker doctor doorman dramatist draughtsman dressmaker driver drummer economist editor electrician embalmer embroiderer engineer engraver entrepreneur estate
executive explorer fabricator falconer farmer farrier ferryman filmmaker financier firefighter fireman fisherman fishmonger fitter florist footballer forester fundraiser furrier gamekeeper
gardener geneticist geologist ghostwriter gilder glassblower glazier goalkeeper goldsmith golfer governor grocer groom groundsman guitarist gunsmith gymnast hairdresser handyman harbourmaster harpist
headmaster headmistress herbalist historian homeopath hotelier housekeeper hygienist hypnotist illusionist illustrator imam influencer innkeeper inspector interpreter inventor ironmonger jailer
janitor jeweller jockey joiner journalist judge juggler kennelmaid keyboardist labourer landscaper lawyer lecturer librarian lifeguard linguist lobbyist locksmith lorry machinist
magician magistrate maid mailman manicurist mariner marksman mason masseur masseuse mathematician mayor mayoress mechanic mediator merchant meteorologist midwife milkman miller milliner miner
minister missionary model monk musician nanny nun neurologist newsagent newsreader novelist nurse nurseryman obstetrician oncologist optician optometrist orchestra osteopath painter
paramedic paratrooper pastor pathologist paediatrician percussionist pharmacist philosopher photographer physicist physiotherapist pianist piper pilot plasterer playwright plumber poet policeman
policewoman politician porter postman postmaster postmistress potter preacher presenter priest prioress printer producer professor programmer promoter psychiatrist psychologist publican publisher puppeteer
quarryman rabbi racer radiographer rancher ranger rapper realtor receptionist referee registrar rector reporter repairer restaurateur roofer rower sailor saddler salesman saleswoman scaffolder
scientist sculptor seamstress secretary shepherd sheriff shipwright shoemaker shopfitter shopkeeper silversmith singer skater skipper soldier solicitor soloist songwriter soprano statistician steelworker
stevedore steward stewardess stockbroker stonemason storyteller striker stuntman submariner surgeon surveyor swimmer tailor tanner tattooist taxidermist technician tenor
therapist thatcher tiler toolmaker trader trainer translator treasurer trucker trumpeter tutor typist umpire undertaker upholsterer usher verger vet veterinarian vicar
vintner violinist waiter waitress warden warehouseman watchmaker waterman weaver welder wheelwright whaler winemaker woodcarver wrestler writer yachtsman zookeeper zoologist
headteacher footman churchwarden lollipop drayman signwriter bookie carer childminder nursery sonographer phlebotomist embryologist lobsterman oysterman cockler farmhand)",
     trait::occupation},
    // One among many.
    {0,
     R"(only sole oldest youngest eldest tallest smallest biggest largest fastest richest strongest famous celebrity celebrated infamous notorious renowned known viral newspaper newspapers papers
press gazette headline headlines televised television documentary podcast broadcast champion championship championships medal medallist trophy olympic olympics paralympic paralympics commonwealth international
national county regional capped record unique rare unusual extraordinary exceptional unprecedented quadruplet quadruplets triplet triplets quintuplets septuplets twin twins identical albino
prize winner winning scholarship finalist semifinalist debut bestselling patented inquest inquiry explosion earthquake shipwreck massacre siege)",
     trait::singular},
    // A criminal record.
    {0,
     R"(prison imprisoned jail jailed gaol convicted conviction convictions sentenced sentence sentences probation parole licence remand remanded offender offenders inmate incarcerated custodial
custody reoffended registered electronic raided burglary robbery theft shoplifting fraud manslaughter murder arson rape rapist paedophile cuffed magistrates acquitted)",
     trait::custody},
    // Medical history, also of others than the patient.
    {0,
     R"(prescribed prescription medication methadone insulin chemotherapy radiotherapy dialysis transplant overdose overdosed rehab detox detoxed relapse relapsed sectioned psychiatric
psychiatrist psychosis psychotic diagnosed diagnosis diagnoses antidepressants sertraline fluoxetine citalopram lithium olanzapine risperidone clozapine antipsychotic antipsychotics steroids
surgery operation operated amputated amputation hysterectomy mastectomy sterilised sterilisation vasectomy ivf miscarried miscarriage stillborn stillbirth abortion aborted terminated
termination deinfibulated infibulated circumcised circumcision suicide suicidal ligature injuries shrapnel prosthetic stoma colostomy catheter pacemaker ventilator oncology hospice palliative
terminal terminally seizure seizures fits stroke coma tumour tumours biopsy haemorrhage haemorrhaged infection infected positive addiction addict addicted alcoholic
alcoholics gambling gambler withdrawal clean sober inpatient outpatient ward clinic tablets condition heart kidney liver lungs)",
     trait::treatment},
    {0, R"(never nobody anyone anybody secret secretly disclosed confided hidden hides hiding unaware knows)", trait::confided},
    // Conditions that no ending gives away; others are known by theirs (-itis, -osis, -aemia).
    {word::english | word::health,
     R"(emphysema lupus anaemia anaemic angina arthritis osteoporosis diverticulitis fibromyalgia endometriosis glaucoma cataract cataracts degeneration retinopathy tinnitus vertigo migraine migraines
epilepsy epileptic narcolepsy insomnia agoraphobia ocd ptsd bulimic anorexic depression depressed postnatal puerperal psychotic paranoid schizoaffective borderline dyspraxic dyscalculia
spina bifida hydrocephalus haemophilia haemophiliac leukaemia lymphoma melanoma sarcoma carcinoma cancerous tuberculosis pneumonia meningitis sepsis malaria syphilis gonorrhoea
chlamydia herpes cirrhosis jaundice pancreatitis colitis crohn crohns coeliac stoma incontinent incontinence quadriplegic paraplegic tetraplegic paralysed amputee dwarfism achondroplasia
albinism vitiligo psoriasis impetigo scabies alopecia cleft scoliosis rickets gout motor neurone sclerosis dystrophy hypermobility aphasia stammer stammers stutter selective mutism
infertile infertility menopause vasectomy nonbinary intersex bisexual asexual transsexual alcoholism)"},
};

const std::size_t trait_list_count = sizeof trait_lists / sizeof trait_lists[0];

}  // namespace gatehouse::redaction
