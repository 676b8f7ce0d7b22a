"""What the guards know about English: tables only, to be read and added to.

A word that stands in no table is content: it has to be matched, or the question is another one.
"""


def _table(text: str) -> dict[str, str]:
    """`name: word word; name: …` as word → name."""
    rows = (row.split(":") for row in text.split(";") if row.strip())
    return {word: name.strip() for name, words in rows for word in words.split()}


FILLERS = frozenset("um uh uhm erm er eh ah hm hmm mm mhm please kindly".split())

# What comes before the question itself; regular expressions, tried again and again from the start.
OPENINGS = (
    "hi there", "hello there", "hey there", "hi", "hello", "hey",
    "good (?:morning|afternoon|evening|day)",
    "excuse me", "sorry", "pardon", "okay", "ok", "right", "so", "well", "now", "listen", "look",
    "yeah", "yes",
    "thanks", "thank you", "i mean", "you know", "actually", "basically",
    "(?:can|could|would|will) you (?:quickly |just |maybe |possibly )?(?:tell|remind|inform) "
    "me(?: again)?(?: about)?",
    "(?:can|could|may) i (?:quickly |just )?ask(?: you)?(?: a (?:quick )?question)?(?: about)?",
    "do you (?:happen to )?know", "(?:would|do) you mind telling me",
    "tell me(?: again)?(?: about)?",
    "i (?:would|should) (?:just )?(?:like|love|want) to (?:know|ask|find out)(?: about)?",
    "i (?:just |only )?(?:want|wanted|wish|need|needed) to (?:know|ask|find out|check)(?: about)?",
    "i (?:was|am) (?:just )?(?:wondering|curious|calling to ask|calling to find out|asking)(?: "
    "about)?",
    "i have (?:a|1|another) (?:quick )?question(?: about)?", "(?:a )?quick question",
    "just wondering",
    "(?:any|some) idea", "let me know", "please",
)  # fmt: skip

_AUXILIARIES = "is are was were do does did has have had would could should must need might".split()
_WHO = "you we they he she it that there".split()
CONTRACTIONS = {
    "can't": "can not", "cannot": "can not", "cant": "can not", "won't": "will not",
    "wont": "will not", "shan't": "shall not", "ain't": "is not", "let's": "let us",
    "check up": "checkup", "check ups": "checkups", "e mail": "email", "x ray": "xray",
    "x rays": "xrays", "wi fi": "wifi", "web site": "website", "no one": "nobody",
    "gonna": "going to", "wanna": "want to", "gotta": "have to", "lemme": "let me",
    "gimme": "give me", "dunno": "do not know", "y'all": "you", "ya": "you", "u": "you",
    "ur": "your", "i'm": "i am", "im": "i am", "i've": "i have", "ive": "i have",
    "i'd": "i would", "i'll": "i will",
    **{f"{verb}n't": f"{verb} not" for verb in _AUXILIARIES},
    **{f"{verb}nt": f"{verb} not" for verb in _AUXILIARIES},
    **{f"{who}'re": f"{who} are" for who in (*_WHO, "what", "where", "who", "how")},
    **{f"{who}'ve": f"{who} have" for who in _WHO},
    **{f"{who}'d": f"{who} would" for who in _WHO},
    **{f"{who}'ll": f"{who} will" for who in _WHO},
    **{f"{who}'s": f"{who} is" for who in (*_WHO, *"what where when who how why here".split())},
    **{f"{who}s": f"{who} is" for who in "what where when how".split()},
}  # fmt: skip

# One spelling for words that are two in writing only.
WORDS = _table(
    "open: opened; hours: hrs; minutes: mins min; apartment: apt; doctor: dr doc; %: percent;"
    "monday: mon; tuesday: tue tues; wednesday: wed weds; thursday: thu thur thurs; friday: fri;"
    "dollars: dollar bucks buck usd; euros: euro eur; pounds: pound gbp quid; cents: cent;"
    "tv: television; phone: telephone; wifi: wlan; email: mail"
)

NEGATIONS = frozenset(
    "not no never none nothing nobody nowhere neither nor without unable hardly nt "
    "impossible".split()
)
# Said with a negation, meant without one; regular expressions over the normalised words.
EMPTY_NEGATIONS = (
    "whether or not", "or not", "no idea", "why not", "no problem",
    "do not (?:know|understand|see|remember)",
    "not (?:sure|certain)(?: (?:if|how|what|where|when|about))?", "no longer than", "did not know",
)  # fmt: skip

# "All" and "over" that restrict nothing.
EMPTY_RESTRICTIONS = (
    "at all", "after all", "all right", "all good", "all of (?:you|it|them)", "all together",
    "all the (?:way|time)", "all over", "over (?:there|here|to (?:you|yours))",
    "over (?:the )?(?:phone|telephone|weekend|weekends|holidays?|christmas|easter|lunch|counter)",
)  # fmt: skip

WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
WHEN = _table(
    "today: today tonight; tomorrow: tomorrow; yesterday: yesterday; now: now currently "
    "immediately;"
    "weekend: weekend weekends; weekday: weekday weekdays workday workdays; daily: daily everyday;"
    "morning: morning mornings; noon: noon midday lunch lunchtime; afternoon: afternoon afternoons;"
    "evening: evening evenings; night: night nights overnight midnight;"
    "holiday: holiday holidays; christmas: christmas xmas; eve: eve; easter: easter; "
    "thanksgiving: thanksgiving;"
    "week: week weekly; month: month monthly; year: year yearly annual annually; hourly: hourly;"
    "next: next upcoming; last: last previous; early: early; late: late; summer: summer; winter: "
    "winter;"
    "spring: spring; autumn: autumn; january: january; february: february; march: march; april: "
    "april;"
    "june: june; july: july; august: august; september: september; october: october; november: "
    "november;"
    "december: december; always: always; soon: soon"
)
# Only these say when a person means, not merely how long something is.
UNITS = _table(
    "dollar: dollars; euro: euros; pound: pounds; cent: cents; percent: %;"
    "second: seconds second; minute: minutes minute; hour: hours hour; day: days day; week: weeks "
    "week;"
    "month: months month; year: years year; mile: miles mile; km: kilometers kilometres km "
    "kilometer;"
    "meter: meters metres meter; kg: kilos kg kilograms; person: people persons guests adults; "
    "child: kids children;"
    "gram: grams; liter: liters litres; am: am; pm: pm; degree: degrees; floor: floor; time: times"
)

COMPARISONS = _table(
    "more: more extra additional another; less: less fewer; most: most maximum max highest "
    "largest biggest upper;"
    "least: least minimum min lowest smallest lower; cheaper: cheaper; cheapest: cheapest; "
    "dearer: pricier dearer;"
    "dearest: priciest; better: better; best: best; worse: worse; worst: worst; earlier: earlier "
    "sooner;"
    "earliest: earliest soonest; later: later; latest: latest; older: older elder; oldest: oldest "
    "eldest;"
    "younger: younger; youngest: youngest; bigger: bigger larger; smaller: smaller; longer: "
    "longer; longest: longest;"
    "shorter: shorter; shortest: shortest; faster: faster quicker; fastest: fastest quickest; "
    "slower: slower;"
    "slowest: slowest; nearer: nearer closer; nearest: nearest closest; further: further farther; "
    "higher: higher;"
    "lower: lower; same: same; different: different; both: both; either: either; newer: newer; "
    "newest: newest;"
    "safer: safer; easier: easier; harder: harder; than: than"
)

RESTRICTIONS = _table(
    "only: only solely exclusively; except: except excluding besides apart; instead: instead;"
    "else: else otherwise; without: without; before: before; after: after; until: until till;"
    "since: since; during: during; between: between; over: over above exceeding;"
    "under: under below beneath; unless: unless; all: all every each; half: half;"
    "double: double twice; other: other; together: together; alone: alone"
)

# Each axis has two ends; a question on one end is never answered by one on the other.
ANTONYMS = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        row.split("/")
        for row in (
            "open start begin / close shut end finish stop",
            "add include insert put append / remove delete erase exclude",
            "before / after", "from / into", "with / without", "in inside into / out outside",
            "on / off", "up / down",
            "increase raise upgrade extend up / decrease lower reduce downgrade shorten down",
            "buy purchase / sell", "send transfer pay transmit / receive accept get",
            "lend / borrow",
            "deposit add load top / withdraw withdrawal withdrawing cash",
            "arrive arrival come / leave depart departure go",
            "enter entry join / exit leave quit",
            "book make schedule reserve / cancel cancellation annul",
            "cancel / change move reschedule postpone modify", "keep / cancel drop",
            "lock / unlock", "block / unblock",
            "freeze / unfreeze", "enable activate activation / disable deactivate deactivation",
            "turn / return", "subscribe / unsubscribe", "connect / disconnect",
            "install / uninstall", "pack / unpack",
            "win / lose", "find / lose lost",
            "accept approve allow approved accepted / refuse reject decline deny declined "
            "rejected denied forbid ban",
            "free / paid cost charge charged", "cheap inexpensive / expensive costly",
            "hot warm / cold cool", "early / late", "first / last", "old / new young",
            "big large tall / small little short",
            "long / short", "fast quick / slow", "high / low", "public / private",
            "domestic national / international abroad foreign",
            "male man men boy boys / female woman women girl girls",
            "adult adults grown / child children kid kids baby infant",
            "indoor / outdoor", "upstairs / downstairs", "left / right", "north / south",
            "east / west", "push / pull",
            "import / export", "incoming inbound / outgoing outbound",
            "online website app / person office branch desk counter",
            "same / different", "full / empty half part partial", "permanent / temporary",
            "personal private / business corporate company commercial",
            "save / spend", "login in / logout", "ask / answer", "teach / learn", "hire / fire",
            "win / defeat", "mother mom mum / father dad",
            "son / daughter", "brother / sister", "wife / husband", "possible / impossible",
            "legal / illegal", "valid / invalid",
            "available / unavailable", "able / unable",
            "inclusive included / excluded exclusive extra", "single / double",
            "morning / evening afternoon night", "day / night", "summer / winter", "true / false",
            "safe / dangerous unsafe",
            "credit / debit", "virtual / physical", "cash / card cheque check",
            "visa / mastercard", "gain / lose", "hard / soft easy",
            "top / bottom", "wet / dry", "start / stop",
            "pick collect pickup / deliver delivery drop",
            "check / pay", "loud louder up / quiet quieter silent mute", "sunny / rainy",
            "vegetarian vegan / meat", "sender / recipient receiver",
            "minimum min / maximum max", "most / least", "more / less fewer",
            "enough / insufficient", "front / back", "today / tomorrow yesterday",
            "alive / dead", "healthy well / sick ill", "guest visitor / owner resident",
            "teacher / student", "doctor / nurse dentist patient",
            "breakfast / lunch dinner supper", "lunch / dinner supper", "mild / severe",
            "urgent emergency / routine", "lost / stolen",
        )
    )
)  # fmt: skip

SYNONYMS = _table(
    "anybody: anybody anyone someone somebody; practice: practice office clinic;"
    "choose: choose pick select; female: female woman women; afraid: afraid scared;"
    "elevator: elevator elevators lift lifts; checkup: checkup checkups exam exams;"
    "website: website site webpage; voucher: voucher vouchers certificate certificates;"
    "price: price prices pricing cost costs fee fees charge charges expensive;"
    "hour: hours hour times schedule; phone: phone telephone; buy: buy purchase; start: start "
    "begin;"
    "end: end finish; close: close closed closing shut shuts; open: open opened opening opens;"
    "help: help assist assistance support; car: car cars vehicle vehicles automobile; child: "
    "child children kid kids;"
    "doctor: doctor doctors physician physicians; fix: fix repair; fast: fast quick quickly; big: "
    "big large;"
    "small: small little; remove: remove delete erase; receive: receive obtain; book: book "
    "reserve schedule;"
    "appointment: appointment appointments visit; parking: park parking; address: address located "
    "location;"
    "bathroom: bathroom restroom toilet toilets restrooms bathrooms; wifi: wifi internet; photo: "
    "photo picture;"
    "allow: allow allowed permit permitted; need: need required require necessary needed;"
    "person: person people persons; store: store shop; mobile: mobile cell cellphone; movie: "
    "movie film;"
    "holiday: holiday holidays; bill: bill invoice; accept: accept accepted"
)

# Words that say nothing of what a question is about.
FUNCTION = frozenset(
    "a an the this that these those some any it its i me my mine we us our you your yours he him "
    "his she her "
    "they them their there here is am are was were be been being do does did have has had can "
    "could would will "
    "shall should may might must to of for in on at by from into onto about as and or but so if "
    "then than what "
    "which who whom whose when where why how much many also too very really quite just one ones "
    "not no am pm other "
    "else more still already again even up out back off down over all each every both either with "
    "without before "
    "after until till during since between only except because though 's s t please right okay "
    "well now guys folks "
    "sir madam ma'am exactly usually normally generally currently ever yet".split()
)
# Words that may stand for nearly anything: content only where an answer is known by few phrasings.
VAGUE = frozenset(
    "doing done having get gets getting got go goes going make makes making want wants wanted "
    "need needs needed "
    "know tell let see find say like help helps give gives take takes taking use using happen "
    "happens happening thing "
    "things something anything way ways kind kinds sort sorts able possible lot bit question "
    "questions info information "
    "details detail think believe guess suppose look looking trying try tried seem seems come "
    "comes work works let's "
    "around near next today time times day days long often far mate".split()
)
LIGHT = FUNCTION | VAGUE

# What somebody wants done: asked for, it has to be what the answer's own phrasings ask for.
ACTIONS = frozenset(
    "add insert remove delete erase increase raise upgrade extend decrease lower reduce downgrade "
    "shorten buy purchase sell lend borrow deposit withdraw cancel reschedule postpone modify lock "
    "unlock block unblock freeze unfreeze enable activate disable deactivate subscribe unsubscribe "
    "install uninstall connect disconnect redeem renew replace repair report return refund track "
    "transfer convert exchange register translate print download upload export import "
    "dispute".split()
)

# Whether it is, may or must be: "might it be cancelled" is not "has it been cancelled".
MODALS = _table("might: might maybe perhaps possibly; must: must should ought needs")

# Words without which a question is still word for word the same one.
ARTICLES = frozenset("a an the your any some on at guys exactly there please also".split())
# Forms of one word that differ by person, number and politeness only.
FORMS = _table("be: is are am; do: do does; can: can could may; have: have has; would: would will")

KIN = frozenset(
    "mother mom mum father dad son daughter wife husband brother sister parent parents child "
    "children kid kids baby "
    "grandmother grandma grandfather grandpa uncle aunt nephew niece cousin friend friends "
    "partner boss neighbor "
    "neighbour roommate colleague spouse girlfriend boyfriend fiance".split()
)

# "my appointment" is a question about a person's own data, "an appointment" is not.
PERSONAL = frozenset(
    "appointment appointments booking reservation result results bill invoice prescription "
    "balance order "
    "account file record records payment refund application claim ticket policy password delivery "
    "package name "
    "birthday address number referral test loan salary visit table".split()
)

FOLLOW_UPS = (
    "and", "or", "but", "what about", "how about", "what if", "then", "also", "same for", "same",
    "what else", "why",
    "why is that", "how so", "is that", "does that", "do those", "and what about", "which one",
    "the other",
    "the first one", "the second one", "how come", "because", "for that", "in that case",
    "as well", "as i said",
    "like i said", "like you said", "you said", "you told", "you mentioned", "earlier you",
)  # fmt: skip
DANGLING = frozenset("it that this they them those these he she him".split())

# How a caller says that the answer was not what they asked for; matched at the start.
CORRECTIONS = (
    "no", "nope", "not that", "that is not", "that was not", "that is wrong", "wrong", "i mean",
    "i meant", "i did not ask", "i asked", "i was asking", "i said", "what i asked",
    "you did not answer", "you misunderstood", "not what i", "actually i asked", "i am asking",
)  # fmt: skip

# What a bot says that asks for nothing in particular; a question may follow it.
OFFERS = (
    "how (?:can|may|could) i (?:help|assist)", "what can i do for you", "anything else",
    "(?:can|may|could) i (?:help|assist)", "what would you like to know", "how are you",
    "what (?:else )?can i (?:help|do)", "any (?:other|more|further) questions",
)  # fmt: skip

# Words by which a sentence tries to change what the bot holds to be true.
ORDERS = (
    "remember", "from now on", "ignore", "forget", "pretend", "act as", "say that", "note that",
    "keep in mind", "always answer", "always say", "when (?:i|someone|somebody|anyone) asks?",
    "your (?:new )?instructions?", "system prompt", "you are now", "the answer is", "repeat after",
    "suppose", "imagine", "assume", "if i told you", "let us say",
)  # fmt: skip

# Answers with one of these are true only now, or only after what was said before.
PASSING = frozenset(
    "today tomorrow yesterday tonight now currently moment earlier mentioned said told "
    "already".split()
)
