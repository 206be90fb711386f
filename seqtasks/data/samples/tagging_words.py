"""The words and sentences of the tagging sample, in English and Vietnamese."""

from seqtasks.data.samples.tagging_grammar import Grammar

ENGLISH = Grammar(
    words={
        "noun": (
            "plan book cook visit answer report market garden bridge letter contract ticket "
            "window machine teacher engine station kitchen lesson theatre bottle doctor "
            "harbour journey painter museum student carpet library factory driver painting "
            "village building cabinet orchestra basket teaching singer gardener lantern waiter "
            "printer meeting farmer",
            "NOUN",
        ),
        "plural": (
            "plans books cooks visits answers reports markets gardens bridges letters contracts "
            "tickets windows machines teachers engines stations lessons doctors journeys painters "
            "students carpets factories drivers paintings villages buildings singers waiters "
            "meetings farmers",
            "NOUN",
        ),
        "base": (
            "plan book cook visit answer report sell buy find open paint describe repair follow "
            "remember finish copy finance examine close measure deliver",
            "VERB",
        ),
        "past": (
            "planned booked visited answered reported sold bought found opened painted described "
            "repaired followed remembered finished copied examined closed measured delivered",
            "VERB",
        ),
        "adjective": (
            "old new green small careful famous heavy quiet beautiful wooden narrow cheerful "
            "useful modern broken empty expensive strange peaceful colourful dusty hopeful",
            "ADJ",
        ),
        "adverb": (
            "quickly slowly carefully again today quietly often suddenly yesterday badly finally "
            "rarely gladly cheerfully hopefully",
            "ADV",
        ),
    },
    names={
        "first": (
            "Anna Peter Maria Tom Julia Oscar Nina Walter Clara Henry Ruth Simon Laura Martin Eva "
            "George Irene Paul Helen Victor Sara Leo Alma Hugo Edith Boris Greta Milo"
        ),
        "last": (
            "Miller Baker Novak Larsen Weber Costa Brennan Fischer Holm Keller Dawson Moretti Lind "
            "Sanders Carver Petrov Winter Lambert Dover Lincoln Ashford Marsh Hansen Tillman "
            "Rosner Vogel Hadley Brandt"
        ),
        "town": (
            "Dover Lincoln Ashford Lisbon Bergen Turin Hamburg Leeds Oslo Geneva Krakow Valencia "
            "Dublin Toronto Naples Bristol Prague Antwerp Seville Dresden Cardiff Malmo Bremen "
            "Granada Tampere"
        ),
        "kind": "Bank University Museum United Airlines Motors Press Institute Hospital Partners",
        "brand": "Nordlicht Veltron Acumen Brightwell Solara Kestrel Omnira Harvex Lumeno Quantis",
    },
    phrases={
        "person": ("{first} {last}", "{first}", "{last}", "{first} {last}"),
        "surname": ("{last}", "{first} {last}", "{town}"),
        "place": ("{town}", "{town}", "{town}", "New/PROPN {town}", "{town} Valley/PROPN"),
        "organisation": (
            "{town} {kind}",
            "{brand}",
            "{brand} {kind}",
            "Bank/PROPN of/ADP {town}",
            "University/PROPN of/ADP {town}",
        ),
        "title": ("Mr./PROPN", "Ms./PROPN", "Dr./PROPN", "Professor/PROPN"),
        "thing": (
            "the/DET {noun}",
            "a/DET {adjective} {noun}",
            "{number} {plural}",
            "the/DET {adjective} {plural}",
            "her/PRON {noun}",
            "this/DET {noun}",
        ),
        "who": (
            "{person:PER}",
            "{title} {surname:PER}",
            "the/DET {noun}",
            "they/PRON",
            "{organisation:ORG}",
        ),
        "where": (
            "in/ADP {place:LOC}",
            "near/ADP {place:LOC}",
            "from/ADP {place:LOC}",
            "at/ADP {organisation:ORG}",
            "at/ADP the/DET {noun}",
        ),
    },
    sentences=(
        "{who} {past} {thing} {where} ./PUNCT",
        "{who} {past} {thing} {adverb} ./PUNCT",
        "{person:PER} works/VERB for/ADP {organisation:ORG} {where} ./PUNCT",
        "{who} will/AUX {base} {thing} {where} ./PUNCT",
        "{who} did/AUX n't/PART {base} {thing} ./PUNCT",
        "they/PRON {base} {thing} and/CCONJ {base} {thing} ./PUNCT",
        "to/PART {base} {thing} is/AUX {adjective} ,/PUNCT said/VERB {who} ./PUNCT",
        "{title} {surname:PER} of/ADP {organisation:ORG} {past} {thing} ./PUNCT",
        "{organisation:ORG} {past} {number} {plural} {where} ./PUNCT",
        "did/AUX {who} {base} {thing} ?/PUNCT",
        "{place:LOC} ,/PUNCT {place:LOC} and/CCONJ {place:LOC} are/AUX {adjective} ./PUNCT",
        "the/DET {noun} {where} was/AUX {adjective} ,/PUNCT but/CCONJ {who} {past} it/PRON ./PUNCT",
        "{thing} {where} ,/PUNCT {past} by/ADP {person:PER} ,/PUNCT was/AUX {adjective} ./PUNCT",
        "{person:PER} and/CCONJ {person:PER} {past} {thing} in/ADP {number} ./PUNCT",
        "{adjective} {plural} ,/PUNCT wrote/VERB {title} {surname:PER} ,/PUNCT {adverb} {base} "
        "{plural} ./PUNCT",
    ),
)

VIETNAMESE = Grammar(
    words={
        "noun": (
            "quyển_sách bức_tranh ngôi_nhà cây_cầu con_đường bức_thư khu_vườn chiếc_xe cái_bàn "
            "cửa_sổ bài_hát bài_học tấm_vé con_thuyền máy_tính bộ_phim bữa_ăn cái_ghế bài_báo "
            "cuốn_lịch chiếc_đèn bản_đồ con_dao",
            "NOUN",
        ),
        "worker": (
            "bác_sĩ giáo_viên nông_dân nhạc_sĩ ca_sĩ họa_sĩ công_nhân kỹ_sư sinh_viên luật_sư "
            "nhạc_công thi_sĩ ngư_dân",
            "NOUN",
        ),
        "verb": (
            "mua bán xem đọc viết sửa tìm mở vẽ mang gửi giữ nhớ thích quên ngắm rửa đo",
            "VERB",
        ),
        "adjective": (
            "đẹp cũ mới nhỏ lớn đắt rẻ nặng hay buồn xanh hẹp sạch vắng",
            "ADJ",
        ),
        "time": (
            "hôm_qua hôm_nay năm_ngoái tuần_trước sáng_nay chiều_qua hôm_kia tối_qua",
            "NOUN",
        ),
    },
    names={
        "family": "Nguyễn Trần Lê Phạm Hoàng Phan Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý",
        "given": (
            "Lan Hùng Minh Hoa Tuấn Mai Dũng Hương Nam Thảo Sơn Linh Quang Yến Khánh Trang Bình "
            "Phúc Ngân Đức"
        ),
        "middle": "Văn Thị Ngọc Đức Thanh Quốc Kim Minh Hữu Xuân",
        "town": (
            "Huế Hà_Nội Đà_Nẵng Hải_Phòng Cần_Thơ Vinh Nha_Trang Đà_Lạt Quy_Nhơn Bình_Dương "
            "Nam_Định Thái_Bình Vũng_Tàu Hội_An Cà_Mau Thanh_Hóa Bắc_Ninh Phú_Yên Sóc_Trăng"
        ),
        "firm": "Sao_Mai Phương_Nam Hoa_Sen Thành_Công Đại_Dương Tân_Tiến Hòa_Phát An_Khang",
    },
    phrases={
        "person": ("{family} {middle} {given}", "{family} {given}", "{given}"),
        "place": ("{town}",),
        "organisation": (
            "Công_ty/PROPN {firm}",
            "Đại_học/PROPN {town}",
            "Ngân_hàng/PROPN {firm}",
            "Bệnh_viện/PROPN {town}",
        ),
        "title": ("ông/NOUN", "bà/NOUN", "anh/NOUN", "chị/NOUN"),
        "thing": (
            "{noun}",
            "{noun} {adjective}",
            "{number} {noun}",
            "những/DET {noun} {adjective}",
            "{noun} này/DET",
        ),
        "who": (
            "{title} {person:PER}",
            "{person:PER}",
            "{worker}",
            "họ/PRON",
            "{organisation:ORG}",
        ),
        "where": (
            "ở/ADP {place:LOC}",
            "tại/ADP {place:LOC}",
            "từ/ADP {place:LOC}",
            "ở/ADP {organisation:ORG}",
        ),
    },
    sentences=(
        "{who} đã/ADV {verb} {thing} {where} ./PUNCT",
        "{who} không/ADV {verb} {thing} ./PUNCT",
        "{time} ,/PUNCT {who} {verb} {thing} {where} ./PUNCT",
        "{title} {person:PER} là/AUX {worker} {where} ./PUNCT",
        "{organisation:ORG} sẽ/ADV {verb} {number} {noun} {where} ./PUNCT",
        "{thing} {where} rất/ADV {adjective} ./PUNCT",
        "{who} và/CCONJ {who} đang/ADV {verb} {thing} ./PUNCT",
        "{place:LOC} ,/PUNCT {place:LOC} và/CCONJ {place:LOC} rất/ADV {adjective} ./PUNCT",
        "{who} có/VERB {verb} {thing} không/PART ?/PUNCT",
        "{thing} của/ADP {who} {adjective} nhưng/CCONJ {adjective} ./PUNCT",
    ),
)
