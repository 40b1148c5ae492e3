# Lets mail from anybody open tickets in RT's General queue, and makes its answers encrypted: rt_grants.pl ADDRESS
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use RT;

RT::LoadConfig();
RT::Init();

my $everyone = RT::Group->new( RT->SystemUser );
$everyone->LoadSystemInternalGroup('Everyone');
for my $right (qw(CreateTicket ReplyToTicket SeeQueue)) {
    my ( $done, $why ) = $everyone->PrincipalObj->GrantRight( Right => $right, Object => RT->System );
    die "$right: $why\n" unless $done;
}

my $queue = RT::Queue->new( RT->SystemUser );
$queue->Load('General');
for my $set ( $queue->SetEncrypt(1), $queue->SetCorrespondAddress( $ARGV[0] ) ) {
    die "queue: $set\n" unless defined $set;
}
