"""What the figures of a report mean, in the words that stand under them."""

from __future__ import annotations

#: By table; each is printed below it.
DEFINITIONS = {
    "judged": "Tỷ lệ trong hạn = (trước hạn + đúng hạn) : (trước hạn + đúng hạn + quá"
    " hạn). Ngày kết thúc là ngày của sự kiện được tính: ngày cơ quan ghi, khi nó sớm"
    " hơn lúc báo đến không quá một ngày làm việc hoặc đã được lãnh đạo xác nhận; còn"
    " lại là lúc báo đến. So với ngày hẹn trả hiện nay của hồ sơ. Kết thúc gồm có kết"
    " quả, từ chối giải quyết, rút hồ sơ và đóng bằng tay. Hồ sơ do cán bộ kết thúc bằng"
    " tay khi chưa quá ngày hẹn đếm riêng, không nằm trong tỷ lệ; đã quá ngày hẹn thì là"
    " quá hạn. Chỉ tính hồ sơ đi qua cổng liên thông.",
    "portal": "Theo Cổng (Quyết định 766/QĐ-TTg, hiểu theo cách chỉ dựa vào ngày; chưa"
    " đối chiếu với văn bản): lấy ngày bấm kết thúc trên hệ thống so với ngày hẹn trả;"
    " hồ sơ không có ngày hẹn tính là đúng hạn; mẫu số là mọi hồ sơ đã kết thúc.",
    "falsely_late": "Quá hạn trên hệ thống, đã giải quyết xong: quá hạn theo ngày được"
    " tính, nhưng trong hạn nếu tin ngày cơ quan tự ghi và lãnh đạo chưa xác nhận ngày"
    " đó. Các hồ sơ này vẫn nằm trong số quá hạn cho đến khi được xác nhận.",
    "own_time": "Thời gian của từng bên: giờ làm việc theo lịch của tỉnh, của các hồ sơ"
    " kết thúc trong tháng. Mỗi phút thuộc về đúng một bên: bên mà hồ sơ chờ sau cùng."
    " Làm tròn một chữ số thập phân, các dòng cộng lại đúng bằng tổng.",
    "clocks": "Giải quyết phần việc của từng cơ quan, tính theo thời hạn của phần việc"
    " ấy, không kể thời gian chờ người nộp và các thời gian không tính khác; phần việc"
    " xong trong tháng. Quá hạn ở bảng này là vượt thời hạn của phần việc, chưa nói hồ sơ"
    " chậm thì tính cho ai.",
    "causes": "Nguyên nhân quá hạn: thời hạn bị vượt xa nhất trong hồ sơ quá hạn; xác"
    " nhận đã nhận hay bắt đầu giải quyết muộn không phải là nguyên nhân. Không rõ: hồ"
    " sơ quá ngày hẹn mà không phần việc nào vượt thời hạn của mình.",
    "standing": "Hồ sơ quá hạn là quá hạn; cột này nói chậm đã tính cho cơ quan hay chưa."
    " Chỉ «đã chốt» là tính cho cơ quan: đã báo, đã hết thời hạn nêu ý kiến hoặc ý kiến"
    " không được chấp nhận. «Tính cho bên khác» là theo quyết định có lý do của lãnh đạo.",
    "charged": "Theo đo đếm: cơ quan có thời hạn bị vượt xa nhất. Sau quyết định: bên mà"
    " lãnh đạo quyết định tính. Hai cột có cùng tổng, là số hồ sơ quá hạn. Giờ sau quyết"
    " định: phần vượt thời hạn chuyển sang bên ấy, tổng số giờ không đổi.",
    "supplements": "Lượt bổ sung: số lần yêu cầu người nộp bổ sung giấy tờ của các hồ sơ"
    " kết thúc trong tháng.",
    "open": "Đang giải quyết tại lúc lập báo cáo, không phải cuối tháng. Quá hạn: ngày"
    " hẹn trả đã qua.",
    "one_stop": "Một cửa tự đếm mọi hồ sơ của mình, theo ngày bấm trên hệ thống một cửa;"
    " cổng chỉ đếm hồ sơ liên thông, theo ngày của sự kiện. Chênh lệch là hai con số"
    " trừ nhau, sau khi làm tròn.",
    "percent": "«–» là không có gì để tính tỷ lệ.",
}


def decimal(value: float) -> str:
    """``95,4``."""
    return f"{value:.1f}".replace(".", ",")


def percent_words(value: float | None) -> str:
    """``95,4 %``; of nothing a dash, never 0 or 100."""
    return "–" if value is None else f"{decimal(value)} %"
