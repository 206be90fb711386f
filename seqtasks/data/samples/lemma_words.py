"""The words of the lemma sample, in English and Vietnamese.

Regular words are written as their lemma, irregular ones as "lemma/form/form ...".
"""

from __future__ import annotations

NOUNS = """
    city party story family lady country baby enemy factory library
    box bus church dish match brush glass witness fox coach
    table window garden letter road river bottle ticket farmer teacher student market
    bridge house horse village orange machine college page voice face garage message
    boat coat lamp song town cook plan visit answer report
    boy key monkey valley journey toy way day essay tray
    potato tomato hero echo radio video studio zoo
    ceremony battery diary gallery berry bench crash patch sandwich address boss
    cable candle needle pencil jacket wallet rocket kitchen lesson engine cousin basket
    sentence palace office surface package carriage sausage cottage
""".split()

IRREGULAR_NOUNS = """
    man/men woman/women child/children foot/feet tooth/teeth mouse/mice goose/geese
    knife/knives wife/wives life/lives leaf/leaves wolf/wolves shelf/shelves loaf/loaves
    photo/photos piano/pianos thief/thieves sheep/sheep fish/fish person/people
    policeman/policemen fisherman/fishermen grandchild/grandchildren housewife/housewives
    bookshelf/bookshelves salesman/salesmen
""".split()

VERBS = """
    plan stop clap drop hug rob grab plug drag
    carry study copy empty worry bury marry hurry reply
    bake close move like smile invite describe save arrange change
    watch wash miss push fix reach touch finish pass polish
    clean open paint cook visit answer report need help follow
    walk talk look call ask show turn count warn load
    play enjoy destroy stay delay employ
    admire decide surprise imagine invade replace compare
    tie untie dye
    trim scrub skip ship fry tidy tease measure guide prepare
    crush brush mix coach stretch repair mend deliver order collect cover
    sharpen borrow spray survey
""".split()

# Lemma, third person, past, participle, progressive.
IRREGULAR_VERBS = """
    see/sees/saw/seen/seeing take/takes/took/taken/taking leave/leaves/left/left/leaving
    find/finds/found/found/finding buy/buys/bought/bought/buying sell/sells/sold/sold/selling
    write/writes/wrote/written/writing break/breaks/broke/broken/breaking
    give/gives/gave/given/giving know/knows/knew/known/knowing make/makes/made/made/making
    bring/brings/brought/brought/bringing catch/catches/caught/caught/catching
    draw/draws/drew/drawn/drawing eat/eats/ate/eaten/eating
    forget/forgets/forgot/forgotten/forgetting
    keep/keeps/kept/kept/keeping steal/steals/stole/stolen/stealing hit/hits/hit/hit/hitting
    meet/meets/met/met/meeting build/builds/built/built/building read/reads/read/read/reading
    lose/loses/lost/lost/losing choose/chooses/chose/chosen/choosing
    repaint/repaints/repainted/repainted/repainting rewrite/rewrites/rewrote/rewritten/rewriting
    mistake/mistakes/mistook/mistaken/mistaking withdraw/withdraws/withdrew/withdrawn/withdrawing
    overtake/overtakes/overtook/overtaken/overtaking forgive/forgives/forgave/forgiven/forgiving
    foresee/foresees/foresaw/foreseen/foreseeing resell/resells/resold/resold/reselling
""".split()

ADJECTIVES = """
    big hot thin wet sad fat
    happy dry heavy noisy dirty lazy busy early pretty
    large wide nice safe brave late
    old young cheap dark clean strong warm cold tall quiet narrow slow
    hungry tidy empty funny
    strange polite rude pale
    slim red flat
    sharp clever fresh rich
""".split()

IRREGULAR_ADJECTIVES = "good/better/best bad/worse/worst".split()

# Nouns and adjectives that look like forms of verbs, as some of the verbs' forms do.
VERBS_LIKE_NOUNS = "paint/painting draw/drawing build/building read/reading meet/meeting".split()
NOUNS_LIKE_VERBS = "meeting building painting saw drawing reading wedding ceiling morning".split()
ADJECTIVES_LIKE_VERBS = "tired broken left lost".split()

NAMES = """
    Anna Peter Maria Tom Julia Oscar Nina Walter Clara Henry Ruth Simon Laura Martin Eva George
    James Chris Miles Wallis Brooks Banks Woods Rogers Hastings Browning Alfred NATO UNESCO IBM
    Thomas Doris Iris Jules Humphries Jennings Sterling Mildred FIFA NASA
""".split()

TOWNS = """
    Prague Berlin London Paris Athens Brussels Naples Dover Bergen Turin Wales York Geneva Leeds
    Algiers Reading Lagos Oslo
""".split()

VIETNAMESE = {
    "noun": """
        quyển_sách bức_tranh ngôi_nhà cây_cầu con_đường bức_thư khu_vườn chiếc_xe cái_bàn cửa_sổ
        bài_hát tấm_vé con_thuyền máy_tính bộ_phim bữa_ăn cái_ghế bài_báo chiếc_đèn bản_đồ bánh_mì
        điện_thoại đồng_hồ cái_ô
    """.split(),
    "worker": """
        bác_sĩ giáo_viên nông_dân nhạc_sĩ ca_sĩ họa_sĩ công_nhân kỹ_sư sinh_viên luật_sư thợ_mộc
        đầu_bếp phi_công ngư_dân
    """.split(),
    "verb": """
        mua bán xem đọc viết sửa tìm mở vẽ mang gửi giữ nhớ thích quên rửa đo lau
    """.split(),
    "adjective": "đẹp cũ mới nhỏ lớn đắt rẻ nặng hẹp sạch êm ồn ẩm đắng".split(),
    "time": "hôm_qua hôm_nay năm_ngoái tuần_trước sáng_nay chiều_qua đêm_qua ngày_mai".split(),
    "name": """
        Đức Ánh Lan Hùng Minh Hoa Tuấn Mai Nguyễn_Văn_Sơn Trần_Thị_Linh Đỗ_Yến Bùi_Ngọc_Ánh Đặng_Đức
        Ái_Vân Phạm_Nam Lê_Thảo Nam Ngô_Khánh Phạm_Thu_Hà Lê_Quang
    """.split(),
    "town": """
        Huế Đà_Nẵng Đồng_Hới Ô_Môn Ấp_Bắc Hải_Phòng Cần_Thơ Vinh Nha_Trang Quy_Nhơn Vũng_Tàu Hội_An
        Hà_Nội Cà_Mau Đà_Lạt
    """.split(),
}
