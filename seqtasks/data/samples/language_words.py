"""The words of the language sample: subjects, what they do, where and when, and phrases."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """Lists of what a sentence is made of, as `lists` reads them."""

    subjects: tuple[str, ...]
    predicates: tuple[str, ...]
    places: tuple[str, ...]
    times: tuple[str, ...]
    phrases: tuple[str, ...]


def lists(subjects: str, predicates: str, places: str, times: str, phrases: str) -> Language:
    """A language from lists whose items have "|" between."""
    return Language(
        *(
            tuple(" ".join(item.split()) for item in text.split("|"))
            for text in (subjects, predicates, places, times, phrases)
        )
    )


LANGUAGES = {
    "en": lists(
        """the old man | my sister | a young woman | the boy next door | our teacher | the cat |
        a big brown dog | the bus driver | my best friend | the girl in the red dress | someone |
        her husband | the nurse | a tall boy with glasses | everybody | their grandmother | he |
        the shopkeeper | a tired worker | a group of people | the baker | she | this player |
        nobody | the little boy | this woman | a couple | his daughter | the postman | a soldier |
        the crowd | your uncle | a tourist | the drummer | that lady | a cyclist |
        my younger brother | the chef""",
        """reads a newspaper | is cooking dinner | has lost the keys | wants to buy a new car |
        was looking for a cheap flat | likes strong coffee | will write a long letter |
        never eats meat | is standing on a ladder | plays the guitar very well | throws the ball |
        sold the old house | forgot the umbrella | is waiting for the train |
        would rather stay at home | went swimming | watches a film about whales |
        has been learning English | must clean the kitchen floor | is wearing a blue shirt |
        rides a bicycle through the snow | laughed at the joke | fell asleep |
        could not open the window | is taking a picture of the bridge | knows the answer | danced |
        paints the fence white | should see a doctor | brought some bread and cheese | runs fast |
        thinks that it will rain | jumps over the puddle | holds an orange sign | ate an apple |
        is walking with a small child | carries heavy boxes | smiled at the camera | drinks water |
        was fixing the broken roof | gathers mushrooms | climbs a rocky hill | sings loudly |
        is listening to music | pushes a stroller | hopes for better weather | found a wallet |
        sits under the tree | teaches mathematics | baked chocolate cookies | shouted something |
        performs a trick on a skateboard | sweeps leaves | speaks with the neighbours |
        ordered soup""",
        """in the garden | at the station | near the river | on a busy street |
        in front of the church | behind the school | at work | in the city | by the sea |
        outside the supermarket | upstairs | at the market | in a small village | on the beach |
        in the mountains | at the hospital | next to the wall | inside the museum |
        across the road | in their backyard | on the sidewalk | around the lake | down the hallway |
        among the flowers | beyond the field""",
        """every morning | yesterday | last night | on Sunday | before breakfast | this afternoon |
        after the meeting | twice a week | in the summer | right now | since Monday |
        tomorrow evening | during the holidays | as usual | at noon | once again |
        while it was raining | all day | for three hours | until midnight | because of the heat |
        without a break""",
        """how are you today? | thank you very much! | what time is it? | I don't know yet |
        could you help me, please? | where do you live? | that is too expensive | see you tomorrow |
        I have no idea what you mean | it was nice to meet you | which way is the airport? |
        the weather is lovely today | can I have the bill? | we should have left earlier |
        there is nothing in the fridge | my phone does not work | who told you that? | be careful! |
        have you ever been there? | they live just around the corner | it's my birthday |
        that doesn't matter | the shop closes at eight | happy new year! | I would like some tea |
        excuse me, is this seat free? | let's go outside | what's your favourite colour?""",
    ),
    "de": lists(
        """der alte Mann | meine Schwester | eine junge Frau | das Kind von nebenan | unser Lehrer |
        die Katze | ein großer brauner Hund | der Busfahrer | mein bester Freund | jemand |
        ihr Mann | das Mädchen im roten Kleid | die Krankenschwester | ein großer Junge mit Brille |
        die Nachbarin | seine Großmutter | er | der Verkäufer | der müde Arbeiter |
        eine Gruppe von Leuten | sie | der Bäcker | dieser Spieler | niemand | der kleine Junge |
        ein Paar | seine Tochter | unser Chef | der Briefträger | ein Soldat | die Menge |
        dein Onkel | der Tourist | eine Dame | der Koch | ein Radfahrer | mein jüngerer Bruder |
        der Schlagzeuger""",
        """liest eine Zeitung | kocht das Abendessen | hat die Schlüssel verloren |
        trinkt gern Kaffee | möchte ein neues Auto kaufen | suchte eine günstige Wohnung |
        schreibt einen langen Brief | isst nie Fleisch | steht auf einer Leiter |
        spielt sehr gut Gitarre | wirft den Ball | tanzte | hat das alte Haus verkauft |
        vergaß den Regenschirm | wartet auf den Zug | bleibt lieber zu Hause | geht schwimmen |
        schaut einen Film über Wale | lernt seit Jahren Deutsch | muss die Küche putzen |
        trägt ein blaues Hemd | fährt mit dem Fahrrad durch den Schnee | lachte über den Witz |
        schläft ein | konnte das Fenster nicht öffnen | fotografiert die Brücke | weiß die Antwort |
        streicht den Zaun weiß | sollte zum Arzt gehen | brachte Brot und Käse mit | läuft schnell |
        glaubt, dass es regnen wird | springt über die Pfütze | hält ein oranges Schild |
        hat einen Apfel gegessen | geht mit einem kleinen Kind spazieren | lächelt in die Kamera |
        schleppt schwere Kisten | repariert das kaputte Dach | sammelt Pilze | singt laut |
        hört Musik | klettert auf einen felsigen Hügel | schiebt einen Kinderwagen |
        hofft auf besseres Wetter | fand die Brieftasche | sitzt unter dem Baum |
        unterrichtet Mathematik | backt Plätzchen | rief etwas |
        zeigt einen Trick auf dem Skateboard | kehrt Laub | spricht mit den Leuten |
        bestellt eine Suppe | arbeitet auf der Baustelle""",
        """im Garten | am Bahnhof | in der Nähe des Flusses | auf einer belebten Straße |
        vor der Kirche | hinter der Schule | bei der Arbeit | in der Stadt | am Meer |
        vor dem Supermarkt | oben | auf dem Markt | in einem kleinen Dorf | am Strand |
        in den Bergen | im Krankenhaus | draußen | neben der Mauer | im Museum |
        auf der anderen Straßenseite | auf dem Gehweg | im Hinterhof | rund um den See |
        zwischen den Blumen | jenseits des Feldes""",
        """jeden Morgen | gestern | letzte Nacht | am Sonntag | vor dem Frühstück |
        heute Nachmittag | nach der Besprechung | zweimal in der Woche | im Sommer | gerade |
        seit Montag | morgen Abend | während der Ferien | wie üblich | am Mittag | schon wieder |
        bei starkem Regen | den ganzen Tag | drei Stunden lang | bis Mitternacht | wegen der Hitze |
        ohne Pause""",
        """wie geht es dir heute? | vielen Dank! | wie spät ist es? | das weiß ich noch nicht |
        können Sie mir bitte helfen? | wo wohnst du? | das ist zu teuer | bis morgen |
        ich habe keine Ahnung, was du meinst | es war schön, dich kennenzulernen |
        das macht nichts | wie komme ich zum Flughafen? | das Wetter ist heute herrlich |
        die Rechnung, bitte | wir hätten früher gehen sollen | im Kühlschrank ist nichts mehr |
        mein Handy funktioniert nicht | wer hat dir das gesagt? | pass auf! |
        warst du schon einmal dort? | ich habe Geburtstag | sie wohnen gleich um die Ecke |
        der Laden schließt um acht | frohes neues Jahr! | ich hätte gern einen Tee |
        Entschuldigung, ist hier noch frei? | gehen wir nach draußen |
        was ist deine Lieblingsfarbe?""",
    ),
    "fr": lists(
        """le vieil homme | ma sœur | une jeune femme | le voisin | notre professeur | le chat |
        un gros chien marron | le chauffeur de bus | mon meilleur ami | la fille en robe rouge |
        il | quelqu'un | son mari | l'infirmière | un grand garçon à lunettes | tout le monde |
        elle | leur grand-mère | le vendeur | l'ouvrier fatigué | un groupe de personnes |
        le boulanger | ce joueur | personne d'autre | le petit garçon | un couple | sa fille |
        l'enfant | le facteur | un soldat | la foule | ton oncle | un touriste | cette dame |
        le cuisinier | un cycliste | mon frère aîné | le batteur""",
        """lit un journal | prépare le dîner | a perdu ses clés |
        veut acheter une nouvelle voiture | cherchait un appartement pas cher | aime le café fort |
        écrit une longue lettre | a dansé | ne mange jamais de viande | se tient sur une échelle |
        joue très bien de la guitare | lance le ballon | a vendu la vieille maison |
        a oublié son parapluie | attend le train | préfère rester à la maison | va nager |
        regarde un film sur les baleines | court vite | apprend le français depuis des années |
        doit nettoyer la cuisine | porte une chemise bleue | fait du vélo dans la neige |
        a ri de la blague | s'endort | n'a pas pu ouvrir la fenêtre | prend une photo du pont |
        connaît la réponse | peint la clôture en blanc | boit de l'eau | devrait voir un médecin |
        a apporté du pain et du fromage | pense qu'il va pleuvoir | saute par-dessus la flaque |
        tient une pancarte orange | a mangé une pomme | chante fort |
        se promène avec un petit enfant | transporte des caisses lourdes |
        sourit à l'appareil photo | réparait le toit cassé | cueille des champignons |
        escalade une colline rocheuse | écoute de la musique | pousse une poussette |
        espère qu'il fera beau | a trouvé le portefeuille | s'assoit sous l'arbre |
        enseigne les mathématiques | a fait des gâteaux au chocolat | crie quelque chose |
        exécute une figure sur sa planche à roulettes | balaie les feuilles |
        parle avec les voisins | a commandé une soupe | travaille sur un chantier""",
        """dans le jardin | à la gare | près de la rivière | dans une rue animée | devant l'église |
        derrière l'école | au travail | en ville | au bord de la mer | devant le supermarché |
        là-haut | au marché | dans un petit village | sur la plage | à la montagne | à l'hôpital |
        dehors | à côté du mur | à l'intérieur du musée | de l'autre côté de la route |
        sur le trottoir | dans la cour | autour du lac | au milieu des fleurs | au-delà du champ""",
        """chaque matin | hier | la nuit dernière | dimanche | avant le petit déjeuner |
        cet après-midi | après la réunion | deux fois par semaine | en été | en ce moment |
        depuis lundi | demain soir | pendant les vacances | comme d'habitude | à midi |
        encore une fois | sous la pluie | sans pause | toute la journée | pendant trois heures |
        jusqu'à minuit | à cause de la chaleur""",
        """comment allez-vous aujourd'hui ? | merci beaucoup ! | quelle heure est-il ? | à demain |
        je ne sais pas encore | pourriez-vous m'aider, s'il vous plaît ? | où habites-tu ? |
        c'est trop cher | je n'ai aucune idée de ce que tu veux dire | enchanté de vous connaître |
        par où va-t-on à l'aéroport ? | il fait très beau aujourd'hui |
        l'addition, s'il vous plaît | nous aurions dû partir plus tôt |
        il n'y a plus rien dans le frigo | ce n'est pas grave | mon téléphone ne marche pas |
        qui t'a dit ça ? | fais attention ! | c'est mon anniversaire | tu y es déjà allé ? |
        ils habitent juste au coin de la rue | bonne année ! | le magasin ferme à huit heures |
        je voudrais du thé | excusez-moi, cette place est libre ? | allons dehors |
        quelle est ta couleur préférée ?""",
    ),
    "cs": lists(
        """starý muž | moje sestra | mladá žena | sousedovo dítě | náš učitel | kočka |
        velký hnědý pes | řidič autobusu | můj nejlepší přítel | dívka v červených šatech | někdo |
        její manžel | ona | zdravotní sestra | vysoký chlapec s brýlemi | každý z nás |
        jejich babička | on | prodavač | unavený dělník | skupina lidí | pekař | tento hráč |
        nikdo jiný | malý kluk | mladý pár | jeho dcera | pošťák | voják | celý dav | tvůj strýc |
        cizí turista | ta paní | kuchař | cyklista v přilbě | můj mladší bratr | bubeník |
        nějaký člověk""",
        """čte noviny | vaří večeři | hledá ztracené klíče | chce koupit nové auto |
        shání levný byt | tancuje | má chuť na silnou kávu | píše dlouhý dopis | nikdy nejí maso |
        stojí na žebříku | háže míč | hraje velmi dobře na kytaru | prodává starý dům |
        zapomíná deštník | čeká na vlak | zůstane raději doma | jde si zaplavat |
        dívá se na film o velrybách | učí se česky už několik let | musí uklidit kuchyň |
        má na sobě modrou košili | jede na kole sněhem | směje se tomu vtipu | usíná |
        nemůže otevřít okno | fotografuje most | zná odpověď | natírá plot na bílo | pije vodu |
        musí jít k lékaři | přináší chléb a sýr | běží rychle | myslí si, že bude pršet |
        přeskakuje kaluž | drží oranžovou ceduli | jí jablko | prochází se s malým dítětem |
        nosí těžké krabice | usmívá se do fotoaparátu | opravuje rozbitou střechu | sbírá houby |
        leze na skalnatý kopec | nahlas zpívá | poslouchá hudbu | tlačí kočárek |
        doufá v lepší počasí | nachází peněženku | sedí pod stromem | vyučuje matematiku |
        peče čokoládové sušenky | něco křičí | předvádí trik na skateboardu | zametá listí |
        mluví se sousedy | objednává polévku | pracuje na staveništi""",
        """na zahradě | na nádraží | u řeky | na rušné ulici | před kostelem | za školou | v práci |
        ve městě | u moře | před obchodem | nahoře | na trhu | v malé vesnici | na pláži |
        v horách | v nemocnici | vedle zdi | v muzeu | na druhé straně silnice | na chodníku |
        na dvoře | kolem jezera | mezi květinami | za polem | venku""",
        """každé ráno | včera | minulou noc | v neděli | před snídaní | dnes odpoledne | po schůzi |
        dvakrát týdně | v létě | právě teď | od pondělí | zítra večer | o prázdninách |
        jako obvykle | v poledne | znovu | za deště | celý den | tři hodiny | až do půlnoci |
        kvůli horku | bez přestávky""",
        """jak se dnes máš? | děkuji mnohokrát! | kolik je hodin? | to ještě nevím | kde bydlíš? |
        můžete mi prosím pomoci? | to je příliš drahé | uvidíme se zítra |
        vůbec nevím, co tím myslíš | rád jsem vás poznal | kudy se jde na letiště? |
        dnes je krásné počasí | zaplatím, prosím | měli jsme odejít dřív | v ledničce nic není |
        nefunguje mi telefon | kdo ti to řekl? | dávej pozor! | už jsi tam někdy byl? |
        bydlí hned za rohem | mám dnes narozeniny | to nevadí | obchod zavírá v osm |
        šťastný nový rok! | dal bych si čaj | promiňte, je tu volno? | pojďme ven |
        jaká je tvoje oblíbená barva?""",
    ),
    "vi": lists(
        """ông cụ | chị gái tôi | một phụ nữ trẻ | bọn trẻ hàng xóm | thầy giáo của chúng tôi |
        con mèo | một con chó to màu nâu | bác tài xế xe buýt | bạn thân nhất của tôi |
        cô gái mặc váy đỏ | ai đó | chồng cô ấy | cô y tá | một cậu bé cao đeo kính | mọi người |
        bà ngoại của họ | anh ấy | người bán hàng | hai công nhân | một nhóm người |
        bác thợ làm bánh | cô ấy | cầu thủ này | không ai | cậu bé | ba người đàn ông |
        một cặp đôi | con gái ông ấy | người đưa thư | một người lính | đám đông | chú của bạn |
        vài du khách | đầu bếp | người đi xe đạp | em trai tôi | sinh viên | giảng viên""",
        """đọc báo | đang nấu bữa tối | làm mất chìa khóa rồi | muốn mua một chiếc xe mới |
        đã tìm một căn hộ giá rẻ | thích uống cà phê đậm | sẽ viết một bức thư dài |
        không bao giờ ăn thịt | đang đứng trên thang | chơi đàn ghi ta rất hay | ném quả bóng |
        đã bán ngôi nhà cũ | quên mang theo ô | đang chờ tàu | chỉ muốn ở nhà | đi bơi |
        xem một bộ phim về cá voi | học tiếng Việt đã lâu | phải lau sàn bếp | mặc áo sơ mi xanh |
        đạp xe dưới trời tuyết | cười vì câu chuyện đùa | ngủ thiếp đi | không mở được cửa sổ |
        chụp ảnh cây cầu | nhảy múa | biết câu trả lời | sơn hàng rào màu trắng | nên đi khám bệnh |
        mang bánh mì và phô mai đến | chạy rất nhanh | nghĩ rằng trời sắp mưa | nhảy qua vũng nước |
        cầm một tấm biển màu cam | đã ăn một quả táo | đi dạo với một em nhỏ |
        khuân những thùng hàng nặng | uống nước | mỉm cười trước máy ảnh | sửa mái nhà bị hỏng |
        hái nấm | leo lên ngọn đồi đá | hát to | nghe nhạc | đẩy xe nôi | mong thời tiết tốt hơn |
        tìm thấy chiếc ví | ngồi dưới gốc cây | dạy môn toán rất nhiệt tình | nướng bánh quy |
        hét lên điều gì đó | biểu diễn trượt ván | quét lá | nói chuyện với hàng xóm |
        gọi một bát phở | làm bài tập đầy đủ""",
        """trong vườn | ở nhà ga | gần bờ sông | trên con phố đông đúc | trước nhà thờ |
        sau trường học | ở chỗ làm | trong thành phố | bên bờ biển | ngoài siêu thị | trên gác |
        ngoài chợ | ở một ngôi làng nhỏ | trên bãi cát | trên núi | trong bệnh viện |
        cạnh bức tường | trong viện bảo tàng | bên kia đường | trên vỉa hè | sau nhà | quanh hồ |
        giữa những bông hoa | phía bên kia cánh đồng | trên lớp""",
        """mỗi buổi sáng | hôm qua | đêm qua | vào chủ nhật | trước bữa sáng | chiều nay |
        sau cuộc họp | hai lần một tuần | vào mùa hè | ngay bây giờ | từ thứ hai | tối mai |
        trong kỳ nghỉ | như mọi khi | vào buổi trưa | một lần nữa | khi trời mưa | cả ngày |
        suốt ba tiếng | đến nửa đêm | vì trời quá nóng | không nghỉ""",
        """hôm nay bạn thế nào? | cảm ơn bạn rất nhiều! | bây giờ là mấy giờ? | tôi vẫn chưa biết |
        bạn giúp tôi một chút được không? | bạn sống ở đâu? | cái này đắt quá |
        hẹn gặp lại ngày mai | tôi không hiểu ý bạn là gì | rất vui được gặp bạn |
        đường ra sân bay đi lối nào? | hôm nay thời tiết đẹp thật | cho tôi xin hóa đơn |
        lẽ ra chúng ta nên đi sớm hơn | trong tủ lạnh chẳng còn gì | điện thoại của tôi bị hỏng |
        ai nói với bạn điều đó? | hãy cẩn thận! | bạn đã từng đến đó chưa? | họ sống ngay góc phố |
        hôm nay là sinh nhật tôi | không sao đâu | cửa hàng đóng cửa lúc tám giờ |
        chúc mừng năm mới! | tôi muốn uống trà | xin lỗi, chỗ này còn trống không? |
        chúng ta ra ngoài đi | bạn thích màu gì nhất?""",
    ),
}
