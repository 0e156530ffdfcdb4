"""What can happen to a request and to a designation, each in the sentence in which a timeline tells it.

Nothing else can be entered: an act without a sentence would be told by its code.
"""

from collections.abc import Mapping
from typing import Final

# Of a designation, as its own history names it.
OF_DESIGNATION: Final[Mapping[str, str]] = {
    "granted": "The designation was granted.",
    "change_notified": "The holder told of a change of the designated method.",
    "change_acknowledged": "The program took note of the change of the method.",
    "end_proposed": "The program gave notice that it means to end the designation.",
    "notice_withdrawn": "The program took back its notice that it means to end the designation.",
    "signed_off": "Counsel signed off what the program means to do with the designation.",
    "ended_by_holder": "The holder gave the designation up.",
    "ended_by_program": "The program ended the designation.",
    "graduated": "The designated method graduated: it goes on without a designation.",
    "authorization_given": "The holder authorized another person to reference the data.",
    "authorization_revoked": "An authorization to reference the data ended.",
    "cited": "An application was recorded that cites the designation.",
    "citation_approved": "The approval of an application that cites the designation was noted.",
    "transfer_offered": "The holder offered to transfer the designation.",
    "transfer_withdrawn": "The offer to transfer the designation was withdrawn.",
    "transfer_declined": "The offer to transfer the designation was declined.",
    "transferred": "The designation passed to another holder.",
    "publication_agreed": "The holder agreed to publish the designation.",
    "publication_withdrawn": "The holder withdrew its consent to publish the designation.",
}
# Of a request, as its journal names it; what happens to the designation that it led to stands there too.
OF_REQUEST: Final[Mapping[str, str]] = {
    "draft_opened": "The draft was opened.",
    "draft_amended": "The draft was amended.",
    "draft_extended": "The draft's days started anew.",
    "draft_deleted": "The draft was deleted; its number and this record stay.",
    "draft_expired": "The draft's days ran out; its number and this record stay.",
    "attachment_added": "A file was attached.",
    "attachment_removed": "A file was removed from the draft.",
    "attachment_scanned": "A file was checked for malware.",
    "submitted": "The request was signed and received; the 180 days began.",
    "withdrawn": "The requester withdrew the request.",
    "technically_rejected": "The request was rejected for a technical cause.",
    "reinstated": "The technical rejection was taken back; the receipt date stays.",
    "rule_waived": "A program rule was waived.",
    "center_assigned": "The request was given a lead center.",
    "assigned": "Somebody was given a part in the review.",
    "unassigned": "Somebody's part in the review ended.",
    "conflict_declared": "A member of staff declared a conflict of interest.",
    "consult_asked": "An opinion was asked for.",
    "opinion_given": "The opinion was given.",
    "consult_cancelled": "A question for an opinion was taken back.",
    "note_written": "An internal note was written.",
    "notice_suppressed": "A notice was left out, for a reason.",
    "assessed": "A reviewer rated the criteria.",
    "mailed_registered": "The filing that came by mail was registered; the 180 days began when the mail arrived.",
    "accepted": "The intake check was passed; the assessment began.",
    "information_requested": "The program asked questions; the 180 days run on.",
    "responded": "The questions were answered.",
    "lapsed": "The reply date passed without an answer; the review went on.",
    "recommended": "The lead reviewer recommended an outcome.",
    "returned_to_assessment": "The signatory returned the recommendation to assessment.",
    "designated": "The method was designated for its context of use.",
    "denied": "The designation was denied.",
    "set_aside": "The denial was set aside; the request is assessed anew and the clock stays ended.",
    **{f"designation_{what}": sentence for what, sentence in OF_DESIGNATION.items() if what != "granted"},
}


class NotInTable(ValueError):
    """Nothing of that name can happen."""
