package io.mvlm.model.synth;

/** Common English words, the most frequent ones first, more or less; what the synthetic vocabulary is trained on. */
final class CommonWords {
  private static final String TEXT = """
      the of and to a in is that it was for on are as with his they be at one have this from or had by hot but some what there we can
      out other were all your when up use word how said an each she which do their time if will way about many then them would write
      like so these her long make thing see him two has look more day could go come did my sound no most number who over know water
      than call first people may down side been now find any new work part take get place made live where after back little only round
      man year came show every good me give our under name very through just form much great think say help low line before turn cause
      same mean differ move right boy old too does tell sentence set three want air well also play small end put home read hand port
      large spell add even land here must big high such follow act why ask men change went light kind off need house picture try us
      again animal point mother world near build self earth father head stand own page should country found answer school grow study
      still learn plant cover food sun four thought let keep eye never last door between city tree cross since hard start might story
      saw far sea draw left late run while press close night real life few stop open seem together next white children begin got walk
      example ease paper often always music those both mark book letter until mile river car feet care second group carry took rain
      eat room friend began idea fish mountain north once base hear horse cut sure watch color face wood main enough plain girl usual
      young ready above ever red list though feel talk bird soon body dog family direct pose leave song measure state product black
      short numeral class wind question happen complete ship area half rock order fire south problem piece told knew pass farm top
      whole king size heard best hour better true during hundred am remember step early hold west ground interest reach fast five sing
      listen six table travel less morning ten simple several vowel toward war lay against pattern slow center love person money serve
      appear road map science rule govern pull cold notice voice fall power town fine certain fly unit lead cry dark machine note wait
      plan figure star box noun field rest correct able pound done beauty drive stood contain front teach week final gave green quick
      develop sleep warm free minute strong special mind behind clear tail produce fact street inch lot nothing course stay wheel full
      force blue object decide surface deep moon island foot yet busy test record boat common gold possible plane age dry wonder laugh
      thousand ago ran check game shape yes cool miss brought heat snow bed bring sit perhaps fill east weight language among image
      photo photograph scene camera background foreground shows showing appears appearing sitting standing holding wearing walking
      riding playing looking smiling parked placed visible located surrounded filled covered multiple various different tall bright
      colorful colored wooden metal glass plastic stone brick concrete grass beach ocean lake sky cloud clouds sunny building
      buildings window windows wall floor ceiling roof sidewalk traffic sign signs cars truck bus train bicycle motorcycle airplane
      bench chair chairs couch desk lamp clock vase bottle cup bowl plate fork knife spoon sandwich pizza cake fruit apple banana
      orange vegetable carrot broccoli kitchen bathroom bedroom living office restaurant store market park garden zoo dogs cat cats
      cow sheep elephant bear zebra giraffe birds woman child player players crowd shirt jacket dress hat helmet shoes glasses
      umbrella backpack handbag suitcase phone laptop computer keyboard mouse screen television remote books pen ball bat racket
      skateboard surfboard skis snowboard kite yellow brown gray pink purple bottom middle corner below inside outside around chat
      curious user artificial intelligence assistant gives helpful detailed polite answers questions describe using single phrase
      author title because however therefore although without within model vision text token tokens information important following
      result results provide provides based system support level process general public company government social service member
      history report program community economic national development education research university students party political
      international individual local health being doing shall cannot its hers theirs ours yours mine himself herself themselves
      something anything everything someone anyone everyone another either neither quite rather almost already maybe really actually
      probably usually sometimes twice today tomorrow yesterday afternoon evening month years days hours minutes seconds third fourth
      fifth zero seven eight nine eleven twelve twenty thirty million accept across action activity address adult affect agree ahead
      allow alone along amount anger angle apply argue arm arrive art article artist aside attack attention audience avoid away baby
      bad bag bank bar basic battle beat beautiful become believe benefit beyond bill bit blood board bone born borrow brain branch
      bread break breath bridge brief broad brother budget burn business buy campaign cancer capital captain card career case catch
      cell central century certainly chain chance character charge choice choose church circle citizen civil claim clean clearly coach
      coast coat code coffee collect college combine comfort commercial commission committee compare concern condition conference
      consider consumer continue control cost count couple court create crime culture current customer daily damage data daughter dead
      deal death debate decade decision defense degree democratic depend design despite detail determine die difference difficult
      dinner direction director discover discuss disease doctor dream drink drop drug easily economy edge effect effort election
      employee energy enjoy enter entire environment especially establish event evidence exactly executive exist expect experience
      expert explain factor fail fear federal feeling fight film financial finger finish firm focus foreign forget former forward fund
      future gas generation goal growth guess gun guy hair hang happy hate heart heavy hit hope hospital hotel huge human husband
      identify imagine impact improve include increase indeed indicate industry institution instead interview investment involve issue
      item job join kid kill knowledge law lawyer leader leg legal lie likely loss lose magazine maintain major majority manage
      management manager marriage material matter media medical meet meeting memory mention message method military mission modern
      moment movement movie nation natural nature nearly network news newspaper none occur offer officer oil operation opportunity
      option organization original owner pain painting parent participant particular partner past patient peace performance period
      physical pick policy poor popular population position positive practice prepare present president pressure pretty prevent price
      private professional professor project property protect prove purpose quality quickly radio raise range rate reality realize
      reason receive recent recently recognize reduce reflect region relate relationship religious remain remove represent require
      resource respond response responsibility return reveal rich rise risk role safe save scientist season section security seek sell
      send senior sense series serious shake share shoot shot shoulder significant similar simply sister site situation skill skin
      society soldier son sort source space speak specific speech spend sport spring staff stage standard statement station stock
      strategy structure stuff style subject success successful suddenly suffer suggest summer task tax teacher team technology tend
      term theory thank threat throughout thus tonight total tough trade traditional training treat treatment trial trip trouble trust
      truth type understand value victim violence visit vote weapon wear western whatever whether wide wife win wish worker worry
      wrong yard USER ASSISTANT
      """;

  private CommonWords() {}

  static String[] list() {
    return TEXT.strip().split("\\s+");
  }
}
